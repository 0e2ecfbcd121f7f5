// A server as shops and agencies have it: Express, multer, mongoose and sharp in one process. It takes a CSV of images,
// recompresses them after it has answered, tells their status, and calls a webhook.
import { parse } from 'csv-parse/sync';
import express from 'express';
import mongoose from 'mongoose';
import multer from 'multer';
import { Image, Request } from './models.mjs';
import { resume, start } from './work.mjs';

const app = express();
const upload = multer({ storage: multer.memoryStorage(), limits: { fileSize: 10 * 1024 * 1024 } });

app.post('/api/v1/images/upload', upload.single('file'), async (req, res) => {
  const images = imagesOf(req.file.buffer);
  if (images.length === 0) return res.status(422).json({ detail: 'the CSV has no images' });
  const { webhookUrl, quality } = req.body;
  const request = await Request.create({ webhookUrl, quality });
  await Image.insertMany(images.map((image) => ({ ...image, requestId: request._id })));
  start(request);
  res.status(202).json({ requestId: request.id });
});

app.get('/api/v1/images/status/:id', async (req, res) => {
  const request = await Request.findById(req.params.id);
  if (!request) return res.status(404).json({ detail: 'there is no such request' });
  const progress = await progressOf(request._id);
  if (request.status === 'Pending') return res.json({ status: 'Pending', progress, data: null });
  const images = await Image.find({ requestId: request._id }).limit(Number(req.query.limit ?? 100));
  const { bytesIn, bytesOut } = progress;
  const data = { requestId: request.id, images, savings: { bytesIn, bytesOut } };
  res.json({ status: request.status, progress, data });
});

app.get('/health', (req, res) => res.json({}));
app.use('/output', express.static(process.env.OUTPUTS));

/** The images of a CSV with the columns `S. No.`, `Product Name` and `Input Image Urls`. */
function imagesOf(csv) {
  const rows = parse(csv, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  const images = rows.flatMap((row) =>
    row['Input Image Urls'].split(/[\s,]+/).filter(Boolean).map((inputUrl) => ({
      serialNumber: row['S. No.'],
      productName: row['Product Name'],
      inputUrl,
    })),
  );
  return images.map((image, number) => ({ ...image, number }));
}

async function progressOf(requestId) {
  const sum = (field) => ({ $sum: field });
  const groups = await Image.aggregate([
    { $match: { requestId } },
    { $group: { _id: '$status', images: sum(1), bytesIn: sum('$bytesIn'), bytesOut: sum('$bytesOut') } },
  ]);
  const of = (status) => groups.find((group) => group._id === status) ?? {};
  const { images: succeeded = 0, bytesIn = 0, bytesOut = 0 } = of('Succeeded');
  const { images: failed = 0 } = of('Failed');
  const { images: pending = 0 } = of('Pending');
  return { total: succeeded + failed + pending, succeeded, failed, pending, bytesIn, bytesOut };
}

await mongoose.connect(process.env.MONGODB_URI);
await resume();
app.listen(Number(process.env.PORT), '127.0.0.1');
