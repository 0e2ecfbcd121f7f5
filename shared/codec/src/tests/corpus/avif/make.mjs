// Writes the picture that make.py draws with libheif. Needs sharp.
import sharp from 'sharp';

for (const bitdepth of [10, 12]) {
  const options = { quality: 95, bitdepth, chromaSubsampling: '4:4:4' };
  await sharp('picture.png').avif(options).toFile(`s-${bitdepth}.avif`);
}
await sharp('picture.png').avif({ lossless: true }).toFile('s-lossless.avif');
await sharp('picture.png').withMetadata({ icc: 'p3' }).avif({ quality: 95 }).toFile('s-p3.avif');
