// What a refused request says (RFC 9457), and what stands for it where no server answered.
import type { Problem } from '../../protocol/values.js';

/** `ERR_UNREACHABLE`: nobody answered. `ERR_RESPONSE`: the answer is not of an NVR. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  /** Of HTTP; 0 where nobody answered. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** What is wrong with which member of the request. */
  readonly errors: readonly { path: string; message: string }[];

  constructor(problem: Partial<Problem> & { code: string; status: number }) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.code = problem.code;
    this.status = problem.status;
    this.retryAfterMs = problem.retryAfterMs;
    this.errors = problem.errors ?? [];
  }
}

/** Reads the body of a refused response; never throws. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const status = response.status;
  try {
    const body: unknown = await response.json();
    if (typeof body === 'object' && body !== null && 'code' in body) {
      const problem = body as Problem;
      if (typeof problem.code === 'string') return new ApiProblem({ ...problem, status });
    }
  } catch {
    // Not of the NVR: a proxy's page, or cut.
  }
  return new ApiProblem({ code: 'ERR_RESPONSE', status, title: `HTTP ${status}` });
}
