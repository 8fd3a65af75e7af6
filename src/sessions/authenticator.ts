// From a name and a password to a user: throttled, then hashed, then answered in words that tell an
// attacker nothing.
import { FluxError, isFluxError } from '../errors.js';
import type { Admission, LoginThrottle } from './login-throttle.js';
import { foldName, hashPassword, isPassword, type PasswordRecord } from './password-record.js';
import type { UserRecord } from './user-record.js';
import type { Users } from './users.js';

/** Why a login was refused. `throttled` and `busy`: before anything was hashed. */
export type Refusal = 'unknown_user' | 'wrong_password' | 'disabled' | 'throttled' | 'busy';

export interface Credentials {
  username: string;
  password: string;
  address: string;
}

interface AuthenticatorOptions {
  users: Users;
  throttle: LoginThrottle;
  iterations: number;
  /** `user` where there is one. */
  refused(given: Credentials, reason: Refusal, user?: UserRecord): void;
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  /** The one that is hashed among them. */
  #underway = 0;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** `ERR_LOGIN_REFUSED`, `ERR_LOGIN_THROTTLED`, `ERR_BUSY`. */
  async authenticate(given: Credentials): Promise<UserRecord> {
    const { users, refused } = this.#options;
    const admission = this.#admit(given);
    const before = users.byName(given.username);
    const record = await this.#compare(given.password, before, admission);
    // It may have been disabled or removed, or its password changed, while that was hashed.
    const user = before && users.get(before.id);
    const isLasting = user && record && users.passwordOf(user.id)?.verifier === record.verifier;
    if (!isLasting) {
      refused(given, before ? 'wrong_password' : 'unknown_user', before);
      throw loginRefused();
    }
    if (user.disabled) {
      refused(given, 'disabled', user);
      throw loginRefused();
    }
    admission.succeed();
    await this.#upgrade(user.id, given.password, record);
    return user;
  }

  /** Whether it is the user's password, under the same throttle. The errors of {@link authenticate}. */
  async isPasswordOf(user: UserRecord, password: string, address: string): Promise<boolean> {
    const given = { username: user.username, password, address };
    const admission = this.#admit(given);
    const record = await this.#compare(password, user, admission);
    if (record) admission.succeed();
    else this.#options.refused(given, 'wrong_password', user);
    return record !== undefined;
  }

  #admit(given: Credentials): Admission {
    const { throttle, refused } = this.#options;
    if (this.#underway > throttle.maxWaiting) {
      refused(given, 'busy');
      throw new FluxError('ERR_BUSY', 'As many logins wait as may. Try again in a few seconds.');
    }
    try {
      return throttle.admit(foldName(given.username), given.address);
    } catch (error) {
      if (isFluxError(error, 'ERR_LOGIN_THROTTLED')) refused(given, 'throttled');
      throw error;
    }
  }

  /** The record that the password is right for. */
  async #compare(
    password: string,
    user: UserRecord | undefined,
    admission: Admission,
  ): Promise<PasswordRecord | undefined> {
    this.#underway++;
    try {
      const record = user && this.#options.users.passwordOf(user.id);
      const isRight = await isPassword(password, record, this.#options.iterations);
      return isRight ? record : undefined;
    } catch (error) {
      admission.takeBack();
      throw error;
    } finally {
      this.#underway--;
    }
  }

  /** Where the cost of a record is of another time. It can wait for a quieter one. */
  async #upgrade(id: string, password: string, record: PasswordRecord): Promise<void> {
    const { users, iterations } = this.#options;
    if (record.iterations >= iterations) return;
    try {
      users.upgradePassword(id, record, await hashPassword(password, iterations));
    } catch (error) {
      if (!isFluxError(error, 'ERR_BUSY')) throw error;
    }
  }
}

function loginRefused(): FluxError {
  return new FluxError('ERR_LOGIN_REFUSED', 'The user name or the password is not right.');
}
