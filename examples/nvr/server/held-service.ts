// A service that routes ask for: there while the parts of the NVR are open, one for each NVR.
import type { Nvr } from './nvr.js';
import type { Service } from './services.js';

export class HeldService<T extends Service> {
  readonly #name: string;
  readonly #start: (nvr: Nvr) => Promise<T>;
  readonly #now = new WeakMap<Nvr, T>();

  constructor(name: string, start: (nvr: Nvr) => Promise<T>) {
    this.#name = name;
    this.#start = start;
  }

  /** Begins it with the open parts, now and whenever they open again. */
  async serve(nvr: Nvr): Promise<void> {
    await nvr.addService(this.#name, async () => {
      const service = await this.#start(nvr);
      this.#now.set(nvr, service);
      return {
        close: async () => {
          this.#now.delete(nvr);
          await service.close();
        },
      };
    });
  }

  /** Throws what keeps the parts closed (`ERR_LOCKED`, ...). */
  of(nvr: Nvr): T {
    const now = this.#now.get(nvr);
    if (now) return now;
    // The parts say why; where they open at this moment it is for a moment only.
    void nvr.parts;
    throw nvr.unavailable ?? new Error(`There is no ${this.#name} here.`);
  }
}
