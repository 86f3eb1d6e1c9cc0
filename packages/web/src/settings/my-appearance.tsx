import { ChoiceCard } from '../controls/choice-card.tsx';
import { useObservable } from '../frame/observable.ts';
import { chooseTheme, themeChoice } from '../frame/theme.ts';
import { t } from '../i18n/translate.ts';
import { SettingGroup } from './saving.tsx';

/** Light, dark, or as the system has it; a choice of this browser. */
export function AppearanceSection() {
  const theme = useObservable(themeChoice);
  return (
    <SettingGroup>
      <div role="radiogroup" aria-label={t('theme.label')} className="flex flex-col gap-2">
        {(['system', 'light', 'dark'] as const).map((choice) => (
          <ChoiceCard
            key={choice}
            name="theme"
            checked={theme === choice}
            onChoose={() => chooseTheme(choice)}
            title={t(`theme.${choice}`)}
            text={t(`theme.${choice}Text`)}
          />
        ))}
      </div>
    </SettingGroup>
  );
}
