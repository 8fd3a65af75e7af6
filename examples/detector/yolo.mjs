// What the outputs of YOLO models mean: boxes in the model's pixels, one list for each picture.

/**
 * @typedef {{ x: number, y: number, width: number, height: number, score: number, class: number }} Found
 * @typedef {'v5' | 'v8' | 'nms'} Layout
 * @typedef {{ data: ArrayLike<number>, dims: readonly number[] }} Output
 */

/**
 * Which of three a model's output is:
 *   v5   [B, N, 5 + classes]   centre, size, how sure that there is anything, a score per class
 *                              (YOLOv5, v7)
 *   v8   [B, 4 + classes, N]   centre, size, a score per class (YOLOv8, v9, 11, 12)
 *   nms  [B, N, 6]             corners, score, class: overlaps are gone already (YOLOv10, 26, and
 *                              exports with nms=True)
 *
 * @param {readonly number[]} dims
 * @param {number | undefined} classes how many there are, where the model says so
 * @returns {Layout}
 */
export function layoutOf(dims, classes) {
  if (dims.length !== 3) {
    throw new Error(
      `the model's output is [${dims.join(', ')}]; a YOLO detector has one output of three dimensions`,
    );
  }
  const [, a, b] = dims;
  // 300 is what exporters keep; 5 + 1 columns of a v5 model with one class come in thousands.
  if (b === 6 && (a <= 1000 || (classes !== undefined && classes !== 1))) return 'nms';
  if (classes !== undefined) {
    if (a === 4 + classes) return 'v8';
    if (b === 5 + classes) return 'v5';
  }
  if (a < b && a > 4) return 'v8';
  if (b < a && b > 5) return 'v5';
  throw new Error(
    `the model's output [${dims.join(', ')}] is none that is known; name it with --layout`,
  );
}

/**
 * @param {Output} output
 * @param {{ layout: Layout, threshold: number, iou: number, classes?: Set<number> }} options
 * @returns {Found[][]} the surest first
 */
export function readBoxes(output, options) {
  const [batch = 1, a = 0, b = 0] = output.dims;
  const pictures = [];
  for (let item = 0; item < batch; item++) {
    const found = readers[options.layout](output.data, item * a * b, a, b, options);
    found.sort((one, other) => other.score - one.score);
    pictures.push(options.layout === 'nms' ? found : suppress(found, options.iou));
  }
  return pictures;
}

const readers = {
  v5(data, from, count, columns, { threshold, classes }) {
    const found = [];
    for (let i = 0, at = from; i < count; i++, at += columns) {
      const sure = data[at + 4];
      if (!(sure >= threshold)) continue;
      const [best, score] = bestClass(data, at + 5, 1, columns - 5, classes);
      if (sure * score >= threshold) {
        found.push(centred(data[at], data[at + 1], data[at + 2], data[at + 3], sure * score, best));
      }
    }
    return found;
  },
  v8(data, from, rows, count, { threshold, classes }) {
    const found = [];
    for (let i = 0; i < count; i++) {
      const at = from + i;
      const [best, score] = bestClass(data, at + 4 * count, count, rows - 4, classes);
      if (!(score >= threshold)) continue;
      const [x, y] = [data[at], data[at + count]];
      found.push(centred(x, y, data[at + 2 * count], data[at + 3 * count], score, best));
    }
    return found;
  },
  nms(data, from, count, columns, { threshold, classes }) {
    const found = [];
    for (let i = 0, at = from; i < count; i++, at += columns) {
      const [score, best] = [data[at + 4], data[at + 5]];
      if (!(score >= threshold) || (classes && !classes.has(best))) continue;
      const [x, y] = [data[at], data[at + 1]];
      found.push({ x, y, width: data[at + 2] - x, height: data[at + 3] - y, score, class: best });
    }
    return found;
  },
};

function bestClass(data, from, step, count, wanted) {
  let best = 0;
  let score = Number.NEGATIVE_INFINITY;
  for (let c = 0, at = from; c < count; c++, at += step) {
    if (data[at] > score && (!wanted || wanted.has(c))) [best, score] = [c, data[at]];
  }
  return [best, score];
}

function centred(x, y, width, height, score, best) {
  return { x: x - width / 2, y: y - height / 2, width, height, score, class: best };
}

/** Of boxes of one class that overlap by more than `iou` only the surest stays. */
function suppress(sorted, iou) {
  const kept = [];
  for (const box of sorted) {
    if (kept.length === 300) break;
    if (!kept.some((other) => other.class === box.class && overlap(other, box) > iou))
      kept.push(box);
  }
  return kept;
}

/** Area of the intersection by that of the union. */
export function overlap(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}
