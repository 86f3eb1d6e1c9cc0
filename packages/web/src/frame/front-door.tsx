import type { ReactNode } from 'react';

/** The frame of everything before sign-in: one quiet column under the mark. */
export function FrontDoor(props: { title: string; lead?: ReactNode; children: ReactNode; wide?: boolean }) {
  return (
    <div className="h-full overflow-y-auto bg-sunken">
      <main
        className={`mx-auto flex min-h-full flex-col justify-center px-4 py-10 ${props.wide ? 'max-w-[560px]' : 'max-w-[400px]'}`}
      >
        <div className="mb-6 flex items-center gap-2.5">
          <img src="/icon.svg" alt="" width={32} height={32} />
          <span className="text-lg font-semibold tracking-[-0.01em]">Causeway</span>
        </div>
        <div className="flex flex-col gap-5 rounded-2xl border border-line bg-raised p-6 pane:p-8">
          <div className="flex flex-col gap-1.5">
            <h1 className="text-xl font-semibold tracking-[-0.015em]">{props.title}</h1>
            {props.lead ? <div className="text-ink-soft">{props.lead}</div> : null}
          </div>
          {props.children}
        </div>
      </main>
    </div>
  );
}
