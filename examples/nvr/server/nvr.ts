// The recorder itself, without its network interface: opens and closes its parts, and says who may have
// them. Without the passphrase, or without its disk, it is there all the same and says what it waits for.
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AuditOutcome,
  type ClientQuota,
  type ConfigStore,
  type FederationAuth,
  FluxError,
  isFluxError,
  type KeyManager,
  type Recorder,
  type SessionManager,
} from '@fluxvision/core';
import type { Logger } from 'pino';
import type { CameraRegistry } from './cameras/index.js';
import { type Config, readPassphrase, takeOver } from './config/index.js';
import type { LogRing } from './logs.js';
import {
  type Changed,
  closeParts,
  loadCameras,
  type Opened,
  openParts,
  SERVER_SETTING,
  type ServerRecord,
  type Surroundings,
} from './parts.js';
import { type RetentionSettings, retentionOf } from './retention.js';
import { type Service, Services } from './services.js';
import { limitsOf, type SessionTraffic } from './sessions.js';
import { tellRefused, tellTaken } from './settings-notice.js';
import { ClockWatch, DatabaseWatch, Meters, SetupToken, Troubles } from './system/index.js';
import { CertificateWatch, type TlsIdentity } from './tls/index.js';

export type { Opened } from './parts.js';
export type { Service } from './services.js';

/** Events of {@link Nvr}. */
export interface NvrEvents {
  /** Clients shall ask anew: the message `changed`. */
  changed: [what: Changed, id?: string];
  /** The settings file was read again, and {@link Nvr.config} is another one. */
  reconfigured: [];
  /** It is reachable: {@link Nvr.ports} are set. */
  listening: [];
  /** {@link Nvr.server} has another name. */
  renamed: [];
  /** A server in the network says that it is there, or something new: anybody can say that. */
  heard: [serverId: string];
}

/** Options of {@link Nvr.open}. */
export interface NvrOptions {
  config: Config;
  log: Logger;
  logs: LogRing;
  identity: TlsIdentity;
  env?: NodeJS.ProcessEnv;
  /** Shows the token of the first start to the one who started the server. */
  showSetupToken: (token: string) => void;
}

const RETRY_MS = 5000;
const RETENTION = 'retention';

export class Nvr extends EventEmitter<NvrEvents> {
  readonly log: Logger;
  readonly logs: LogRing;
  readonly troubles = new Troubles();
  readonly #clock = new ClockWatch(this.troubles);
  readonly meters: Meters;
  readonly certificate: CertificateWatch;
  readonly startedAt = Date.now();
  /** Set by who serves viewers. */
  clients: () => { count: number; bytesSent: number; framesDropped: number } = () => ({
    ...{ count: this.#opened?.sessions.sessions().length ?? 0, bytesSent: 0, framesDropped: 0 },
  });
  /** Of one session's sockets; set by who serves them. */
  traffic: (sessionId: string) => SessionTraffic = () => ({
    ...{ connections: 0, bitsPerSecond: 0, framesDropped: 0 },
  });
  /** Where it listens; set when it does. */
  ports = { httpPort: 0, wsPort: 0 };
  readonly #showSetupToken: (token: string) => void;
  readonly #services: Services;
  readonly #database = new DatabaseWatch(this.troubles, () => this.#opened?.store);
  readonly #around: Surroundings;
  #opened: Opened | undefined;
  #unavailable: FluxError = locked();
  #setup: SetupToken | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Opening, locking and closing come one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor({ config, log, logs, identity, showSetupToken }: NvrOptions) {
    super();
    this.log = log;
    this.logs = logs;
    this.certificate = new CertificateWatch({ config, identity, log, troubles: this.troubles });
    this.#showSetupToken = showSetupToken;
    this.meters = new Meters(
      {
        recorder: () => this.#opened?.recorder,
        storage: config.storage,
        clients: () => this.clients(),
      },
      this.troubles,
    );
    this.#services = new Services(log);
    this.#around = {
      ...{ config, log, troubles: this.troubles, meters: this.meters, clock: this.#clock },
      changed: (what, id) => {
        // While they open, nobody can ask for them yet.
        if (this.#opened) this.emit('changed', what, id);
      },
    };
    this.troubles.on('changed', () => this.emit('changed', 'troubles'));
    this.troubles.on('recovered', (id) => this.#around.changed('cameras', id));
  }

  /** Rejects where nothing can be done without changing the settings; else see {@link unavailable}. */
  static async open(options: NvrOptions): Promise<Nvr> {
    const nvr = new Nvr(options);
    const passphrase = readPassphrase(options.config, options.env);
    const isNew = !existsSync(join(options.config.storage, 'keys'));
    if (passphrase === undefined && isNew) {
      throw new FluxError(
        'ERR_PASSPHRASE_SOURCE',
        'There are no keys to unlock yet: the first start needs the passphrase, from a file or the environment.',
      );
    }
    nvr.certificate.start();
    nvr.#clock.start();
    nvr.meters.start();
    if (passphrase === undefined) nvr.#becomeUnavailable(locked());
    else await nvr.#openOrWait(passphrase);
    return nvr;
  }

  // ---- settings

  /** In force. */
  get config(): Config {
    return this.#around.config;
  }

  /** Takes what can be changed at once from settings that were read anew; says what needs a restart. */
  async reconfigure(next: Config): Promise<void> {
    const { config, applied, needRestart } = takeOver(this.config, next);
    this.#around.config = config;
    this.log.level = config.logLevel ?? 'info';
    if (this.#opened) {
      this.#opened.sessions.setLimits(limitsOf(config));
      if (applied.some((name) => name.startsWith('retention'))) this.applyRetention();
    }
    this.emit('reconfigured');
    tellTaken(this, applied, needRestart);
    await this.certificate.reload(config);
  }

  /** Those that are in force stay. */
  refuseSettings(message: string): void {
    tellRefused(this, message);
  }

  /** What a session may take: what its user may, and what the settings have for every client. */
  quotaOf({ quota }: { quota: ClientQuota }): ClientQuota {
    const most = this.config.limits?.bandwidthMbps ?? Number.POSITIVE_INFINITY;
    return { ...quota, maxBandwidthMbps: Math.min(quota.maxBandwidthMbps, most) };
  }

  // ---- the open parts; each throws what keeps them closed (ERR_LOCKED, ERR_STORAGE_MISSING, ...)

  get parts(): Opened {
    if (!this.#opened) throw this.#unavailable;
    return this.#opened;
  }
  get keys(): KeyManager {
    return this.parts.keys;
  }
  get recorder(): Recorder {
    return this.parts.recorder;
  }
  get store(): ConfigStore {
    return this.parts.store;
  }
  get sessions(): SessionManager {
    return this.parts.sessions;
  }
  get cameras(): CameraRegistry {
    return this.parts.cameras;
  }
  /** Servers that have this one as a node. */
  get homes(): FederationAuth {
    return this.parts.homes;
  }

  /** Why the parts are closed; undefined while they are open. */
  get unavailable(): FluxError | undefined {
    return this.#opened ? undefined : this.#unavailable;
  }

  /** The certificate that who connects now is shown. */
  get identity(): TlsIdentity {
    return this.certificate.identity;
  }

  /** UUID and name of this server. */
  get server(): ServerRecord {
    return this.store.setting(SERVER_SETTING) as ServerRecord;
  }

  rename(name: string): void {
    this.store.setSetting(SERVER_SETTING, { ...this.server, name });
    this.emit('renamed');
  }

  /** There is no user yet. */
  get setupRequired(): boolean {
    return this.sessions.users.list().length === 0;
  }

  /** The token of the first start; undefined once it was used. */
  get setup(): SetupToken | undefined {
    return this.#setup;
  }

  endSetup(): void {
    this.#setup = undefined;
  }

  /**
   * Begins `start` whenever the parts are open, now where they are, and closes what it returns before
   * they close. For what works beside the recorder: exports, MQTT, sockets.
   */
  async addService(name: string, start: (nvr: Nvr) => Promise<Service>): Promise<void> {
    await this.#services.add(name, start, this.#opened && this);
  }

  /** Writes down who did what. Throws where the audit log takes no entry: then it shall not be done. */
  audit(
    actor: string,
    action: string,
    told: { subject?: string; outcome?: AuditOutcome; detail?: Record<string, unknown> } = {},
  ): void {
    const { subject, outcome = 'ok', detail } = told;
    this.keys.audit.append({
      ...{ actor: actor.slice(0, 64) || 'anonymous', action, outcome },
      ...(subject !== undefined && { subject: subject.slice(0, 256) }),
      ...(detail && { detail }),
    });
  }

  /** A database refused: that is known until it does not any more. */
  databaseFailed(error: FluxError): void {
    this.log.error({ err: error }, 'database');
    this.#database.failed(error);
  }

  // ---- storage

  get retention(): RetentionSettings {
    const { maxDays, maxBytes, minFreeBytes } = this.config.retention ?? {};
    const configured = { maxDays, maxBytes, minFreeBytes };
    return (this.store.setting(RETENTION) as RetentionSettings | undefined) ?? configured;
  }

  setRetention(retention: RetentionSettings): void {
    this.store.setSetting(RETENTION, retention);
    this.applyRetention();
    this.emit('changed', 'storage');
  }

  /** After a camera's own limits changed. */
  applyRetention(): void {
    const { recorder, cameras } = this.parts;
    recorder.setRetention(retentionOf(this.retention, cameras));
  }

  // ---- keys

  /** Closes everything that the keys open; recording ends until {@link unlock}. */
  lock(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#closeParts();
      this.#becomeUnavailable(locked());
    });
  }

  /** `ERR_KEY_PASSPHRASE`; `ERR_STATE` where nothing is locked. */
  unlock(passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#opened) throw new FluxError('ERR_STATE', 'The keys are open.');
      clearTimeout(this.#retry);
      await this.#openParts(passphrase);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#inTurn(async () => {
      clearTimeout(this.#retry);
      this.#database.stop();
      this.#clock.stop();
      this.meters.stop();
      this.certificate.stop();
      await this.#closeParts();
      this.#unavailable = new FluxError('ERR_CLOSED', 'The server is stopping.');
    });
    return this.#closing;
  }

  // ---- opening and closing

  async #openOrWait(passphrase: string): Promise<void> {
    try {
      await this.#openParts(passphrase);
    } catch (error) {
      if (!isFluxError(error) || !WORTH_WAITING.test(error.code)) throw error;
      this.log.error({ err: error }, 'storage is not available');
      const wrong = error.code === 'ERR_KEY_PASSPHRASE';
      this.#becomeUnavailable(wrong ? locked() : error);
      if (wrong) {
        this.#troublesOf(error);
        return;
      }
      this.#retry = setTimeout(() => {
        void this.#inTurn(async () => {
          if (this.#opened || this.#closing) return;
          await this.#openOrWait(passphrase);
        }).catch((failure) => this.log.error({ err: failure }, 'storage cannot be opened'));
      }, RETRY_MS).unref();
    }
  }

  async #openParts(passphrase: string): Promise<void> {
    const opened = await openParts(this.#around, passphrase);
    this.#opened = opened;
    try {
      loadCameras(opened, this.#around);
      this.applyRetention();
      this.#troublesOf(undefined);
      await this.#services.startAll(this);
      this.#offerSetup();
    } catch (error) {
      await this.#closeParts();
      throw error;
    }
  }

  async #closeParts(): Promise<void> {
    const opened = this.#opened;
    if (!opened) return;
    await this.#services.stopAll();
    this.#opened = undefined;
    await closeParts(opened, this.log);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => {});
    return done;
  }

  #offerSetup(): void {
    if (!this.setupRequired) return;
    const { token, setup } = SetupToken.make();
    this.#setup = setup;
    this.#showSetupToken(token);
  }

  #becomeUnavailable(error: FluxError): void {
    this.#unavailable = error;
    this.#troublesOf(error);
    this.emit('changed', 'keys');
  }

  #troublesOf(error: FluxError | undefined): void {
    if (error) this.troubles.fail('unavailable', error);
    else this.troubles.clear('unavailable');
  }
}

/** The storage, or what locks it, may come by itself; a passphrase by an administrator. */
const WORTH_WAITING =
  /^ERR_(STORAGE_(MISSING|MISMATCH|LOCKED|NOT_FOUND)|INDEX|CONFIG|KEY_PASSPHRASE)$/;

function locked(): FluxError {
  return new FluxError(
    'ERR_LOCKED',
    'The keys are locked: nothing is recorded or shown until an administrator unlocks them with the passphrase.',
  );
}
