"""Draws the picture of the AVIF tests, and writes it with libavif. Needs Pillow 11.3 or newer."""

from PIL import Image

WIDTH, HEIGHT = 25, 18


def colour(x, y):
    return (40 + 7 * x, 200 - 8 * y, 90 + 3 * x + 2 * y)


picture = Image.new("RGB", (WIDTH, HEIGHT))
picture.putdata([colour(x, y) for y in range(HEIGHT) for x in range(WIDTH)])
picture.save("picture.png")
for subsampling in ["4:2:0", "4:2:2", "4:4:4"]:
    for range_ in ["full", "limited"]:
        name = f"p-{subsampling.replace(':', '')}-{range_}.avif"
        picture.save(name, quality=95, subsampling=subsampling, range=range_, speed=8)
for range_ in ["full", "limited"]:
    picture.convert("L").save(f"p-400-{range_}.avif", quality=95, range=range_, speed=8)
translucent = picture.copy()
translucent.putalpha(Image.new("L", picture.size))
translucent.putdata([(*colour(x, y), 10 * x) for y in range(HEIGHT) for x in range(WIDTH)])
translucent.save("p-alpha.avif", quality=95, speed=8)
translucent.save("p-premultiplied.avif", quality=95, speed=8, alpha_premultiplied=True)
stored = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
for orientation, transpose in stored.items():
    exif = Image.Exif()
    exif[0x0112] = orientation
    name = f"orientation-{orientation}.avif"
    picture.transpose(transpose).save(name, quality=95, speed=8, exif=exif)
