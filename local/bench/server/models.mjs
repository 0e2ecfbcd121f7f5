// What the server keeps in MongoDB: a document for each CSV and one for each of its images.
import mongoose from 'mongoose';

const { Schema } = mongoose;

export const Request = mongoose.model(
  'Request',
  new Schema(
    {
      status: { type: String, enum: ['Pending', 'Completed', 'Failed'], default: 'Pending' },
      quality: { type: Number, default: 50, min: 1, max: 100 },
      webhookUrl: String,
    },
    { timestamps: true },
  ),
);

export const Image = mongoose.model(
  'Image',
  new Schema(
    {
      requestId: { type: Schema.Types.ObjectId, ref: 'Request', required: true, index: true },
      number: Number,
      serialNumber: String,
      productName: String,
      inputUrl: { type: String, required: true },
      outputUrl: String,
      status: { type: String, enum: ['Pending', 'Succeeded', 'Failed'], default: 'Pending' },
      error: String,
      bytesIn: Number,
      bytesOut: Number,
    },
    { timestamps: true },
  ),
);
