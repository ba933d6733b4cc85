/** Pictures from a drop, a paste or a file dialog, as what goes into a request. */

import type { Image } from "./ask";

const TAKEN = /^image\/(png|jpeg|webp|gif)$/;
export const MAX_IMAGE_BYTES = 8 * 1024 * 1024;

export function canTake(file: { type: string; size: number }): boolean {
  return TAKEN.test(file.type) && file.size <= MAX_IMAGE_BYTES;
}

export async function readImages(files: Iterable<File>): Promise<Image[]> {
  const taken = [...files].filter(canTake);
  return Promise.all(taken.map(async (file) => ({ name: file.name, mediaType: file.type, base64: await readBase64(file) })));
}

async function readBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte));
  return btoa(letters.join(""));
}
