import { pictureTypeOf } from '@causeway/homeserver';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createThumbnailer } from './thumbnailer.ts';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' } });

describe('thumbnails', () => {
  it('are scaled within, or cropped to, what was asked for', async () => {
    await using thumbnailer = createThumbnailer();
    for (const source of [
      await picture(400, 200).png().toBuffer(),
      await picture(400, 200).jpeg().toBuffer(),
      await picture(400, 200).webp().toBuffer(),
      await picture(400, 200).gif().toBuffer(),
    ]) {
      for (const [method, size] of [
        ['scale', [96, 48]],
        ['crop', [96, 96]],
      ] as const) {
        const made = await thumbnailer.make(source, { width: 96, height: 96, method });
        if (made.kind === 'refused') throw new Error(made.reason);
        const { width, height } = await sharp(made.bytes).metadata();
        expect([width, height]).toEqual(size);
        expect(pictureTypeOf(made.bytes)).toBe(made.contentType);
      }
    }
  });

  it('are refused of what is no picture, what breaks off, and what has too many pixels', async () => {
    await using thumbnailer = createThumbnailer();
    const size = { width: 96, height: 96, method: 'scale' } as const;
    const whole = await picture(2000, 2000).png().toBuffer();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const huge = await picture(16_000, 16_000).png({ compressionLevel: 9 }).toBuffer();
    for (const source of [svg, whole.subarray(0, whole.length / 2), Buffer.from('hello'), huge]) {
      expect(await thumbnailer.make(source, size)).toMatchObject({ kind: 'refused' });
    }
    expect(await thumbnailer.make(whole, size)).toMatchObject({ kind: 'made' });
    expect(pictureTypeOf(svg)).toBeUndefined();
  });

  it('are made many at once', async () => {
    await using thumbnailer = createThumbnailer();
    const source = await picture(1000, 1000).png().toBuffer();
    const size = { width: 96, height: 96, method: 'crop' } as const;
    const made = await Promise.all(Array.from({ length: 12 }, () => thumbnailer.make(source, size)));
    expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(['made']));
  });
});
