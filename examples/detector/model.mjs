// A YOLO model in ONNX Runtime: onnxruntime-node where it is installed, else onnxruntime-web, which is
// slower and runs everywhere.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { readMetadata, readNames } from './onnx-metadata.mjs';
import { layoutOf, readBoxes } from './yolo.mjs';

const RUNTIMES = { node: 'onnxruntime-node', web: 'onnxruntime-web' };

/**
 * @param {string} path
 * @param {{ runtime?: 'auto' | 'node' | 'web', device?: 'auto' | 'cpu' | 'cuda', size?: number,
 *   batch?: number, layout?: 'auto' | import('./yolo.mjs').Layout, labels?: string[] }} [options]
 */
export async function loadModel(path, options = {}) {
  const metadata = await readMetadata(path).catch((error) => {
    throw new Error(`cannot read the model '${path}': ${error.message}`);
  });
  const { ort, name } = await loadRuntime(options.runtime ?? 'auto');
  const { session, device } = await openSession(ort, name, path, options.device ?? 'auto');
  return new Model(ort, session, metadata, { ...options, path, runtime: name, device });
}

async function loadRuntime(wanted) {
  const names = wanted === 'auto' ? Object.values(RUNTIMES) : [RUNTIMES[wanted]];
  const reasons = [];
  for (const name of names) {
    try {
      const module = await import(name);
      return { ort: module.InferenceSession ? module : module.default, name };
    } catch (error) {
      reasons.push(`${name}: ${error.message.split('\n')[0]}`);
    }
  }
  throw new Error(
    `there is no ONNX Runtime: run 'npm install' in examples/detector.\n  ${reasons.join('\n  ')}`,
  );
}

async function openSession(ort, name, path, device) {
  if (name === RUNTIMES.web) {
    if (device === 'cuda') throw new Error('onnxruntime-web has no CUDA: use --runtime node');
    ort.env.wasm.numThreads = 1;
    const { readFile } = await import('node:fs/promises');
    return { session: await ort.InferenceSession.create(await readFile(path)), device: 'wasm' };
  }
  const open = (provider) =>
    ort.InferenceSession.create(path, { executionProviders: [provider], logSeverityLevel: 3 });
  if (device === 'cuda' || (device === 'auto' && hasCuda())) {
    try {
      return { session: await open('cuda'), device: 'cuda' };
    } catch (error) {
      if (device === 'cuda') throw new Error(`the model does not run on CUDA: ${error.message}`);
    }
  }
  return { session: await open('cpu'), device: 'cpu' };
}

/** Did its installation fetch the CUDA part? Asking for it where it did not is a page of errors. */
function hasCuda() {
  const main = dirname(createRequire(import.meta.url).resolve(RUNTIMES.node));
  const binaries = join(main, '..', 'bin', 'napi-v6', process.platform, process.arch);
  return existsSync(join(binaries, 'libonnxruntime_providers_cuda.so'));
}

/** A model that is ready to run. */
class Model {
  constructor(ort, session, metadata, options) {
    const [input] = session.inputMetadata ?? [];
    const [batch, channels, height, width] = input?.shape ?? [];
    const trained = metadata.imgsz?.match(/\d+/g)?.map(Number) ?? [];
    const fallback = options.size ?? trained[0] ?? 640;
    const type = input?.type ?? 'float32';
    if (type !== 'float32' && type !== 'float16') {
      throw new Error(`the model takes ${type}; it has to take float32 or float16 pictures`);
    }
    if (Number.isInteger(channels) && channels !== 3) {
      throw new Error(`the model takes ${channels} channels; it has to take [N, 3, H, W]`);
    }
    const fixed = (dim) => (Number.isInteger(dim) && dim > 0 ? dim : undefined);
    this.format = type;
    this.height = fixed(height) ?? fallback;
    this.width = fixed(width) ?? options.size ?? trained[1] ?? fallback;
    /** Pictures at a time. */
    this.batch = fixed(batch) ?? options.batch ?? 1;
    this.labels = options.labels ?? readNames(metadata.names);
    this.runtime = options.runtime;
    this.device = options.device;
    this.name = basename(options.path);
    this.inputName = session.inputNames[0];
    this.outputName = session.outputNames[0];
    this.layout = options.layout ?? 'auto';
    this.ort = ort;
    this.session = session;
  }

  /** The name of a class. */
  label(index) {
    return this.labels?.[index] ?? `class ${index}`;
  }

  /**
   * @param {{ data: Float32Array | Uint16Array, dims: readonly number[] }} batch
   * @param {{ threshold: number, iou: number, classes?: Set<number> }} options
   */
  async run(batch, options) {
    const tensor = new this.ort.Tensor(this.format, batch.data, batch.dims);
    const outputs = await this.session.run({ [this.inputName]: tensor });
    const output = outputs[this.outputName];
    if (this.layout === 'auto') this.layout = layoutOf(output.dims, this.labels?.length);
    const { data, dims } = output;
    return readBoxes(
      { data: output.type === 'float16' ? toFloats(data) : data, dims },
      { ...options, layout: this.layout },
    );
  }

  async close() {
    await this.session.release();
  }
}

/** Bits of IEEE 754 binary16, as runtimes hand them out where there is no Float16Array. */
function toFloats(data) {
  if (!(data instanceof Uint16Array)) return data;
  return Float32Array.from(data, (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
