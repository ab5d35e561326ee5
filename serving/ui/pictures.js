// Picture files as the server reads them.
// The decoder in a model reads PNG, JPEG, BMP and GIF; older exports ignore the rotation
// that cameras note in JPEG files. What a browser can show beyond that is redrawn as PNG.
import { PlainError } from "./server.js";

const READ_BY_SERVER = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x42, 0x4d],
  [0x47, 0x49, 0x46, 0x38],
];

// {base64, note}: the content to send, and what was changed, or null.
export async function toSendable(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const known = READ_BY_SERVER.some((magic) => magic.every((byte, i) => bytes[i] === byte));
  const turned = known && isTurned(bytes);
  if (known && !turned) {
    return { base64: await base64(file), note: null };
  }
  const png = await redraw(file);
  if (png === null && isTiff(bytes)) {
    throw new PlainError(
      "TIFF is read neither by this browser nor by the server. Save it as PNG or JPEG, or use python -m serving.client, which reads it.",
    );
  }
  if (png === null) {
    return { base64: await base64(file), note: null }; // the server says why not
  }
  return { base64: await base64(png), note: turned ? "sent upright, as PNG" : "sent as PNG" };
}

async function redraw(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function isTiff(bytes) {
  const [a, b, c, d] = bytes;
  return (a === 0x49 && b === 0x49 && c === 42 && d === 0) || (a === 0x4d && b === 0x4d && c === 0 && d === 42);
}

// Whether a JPEG's EXIF data (APP1) ask for a rotation or a mirror image.
function isTurned(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) {
    return false;
  }
  try {
    for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda; ) {
      if (view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === 0x45786966) {
        return orientation(view, at + 10) > 1;
      }
      at += 2 + view.getUint16(at + 2);
    }
  } catch {
    // Cut short: the server says so.
  }
  return false;
}

function orientation(view, tiff) {
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  const count = view.getUint16(directory, little);
  for (let i = 0; i < count; i += 1) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) === 0x0112) {
      return view.getUint16(entry + 8, little);
    }
  }
  return 1;
}
