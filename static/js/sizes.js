// Sizes as people read them: 312 KB, 18.2 MB.

export function size(bytes) {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1).replace(/\.0$/, "")} MB`;
}
