// The settings of the server: one file, YAML or JSON. What is not in here is refused.
import { type Static, Type } from 'typebox';

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
/** 0: the system chooses one. */
const ListenPort = Type.Integer({ minimum: 0, maximum: 65_535 });
const Path = Type.String({ minLength: 1, maxLength: 4096 });
const Name = Type.String({ minLength: 1, maxLength: 253 });
const Days = Type.Number({ minimum: 0.01, maximum: 36_500 });

const Listen = Type.Object(
  {
    address: Type.Optional(Type.String({ minLength: 1, maxLength: 255, default: '0.0.0.0' })),
    port: Type.Optional(
      Type.Integer({ ...ListenPort, default: 8443, description: 'HTTPS and WebSockets' }),
    ),
    httpPort: Type.Optional(
      Type.Integer({
        ...Port,
        description: 'with wsPort: in place of port, for the REST interface',
      }),
    ),
    wsPort: Type.Optional(
      Type.Integer({ ...Port, description: 'with httpPort: /ws/... is answered there too' }),
    ),
    redirectPort: Type.Optional(
      Type.Integer({ ...Port, description: 'plain HTTP that sends browsers to HTTPS' }),
    ),
  },
  { additionalProperties: false },
);

const Tls = Type.Object(
  {
    certificate: Type.Optional(Type.String({ ...Path, description: 'PEM file, with its chain' })),
    key: Type.Optional(Type.String({ ...Path, description: 'PEM file' })),
    generate: Type.Optional(
      Type.Union([Type.Literal('self-signed'), Type.Literal('authority')], {
        default: 'self-signed',
        description: 'without certificate and key; authority: an own CA signs, to be trusted once',
      }),
    ),
    names: Type.Optional(
      Type.Array(Name, {
        maxItems: 50,
        description: 'further names and addresses of this server, for the generated certificate',
      }),
    ),
  },
  { additionalProperties: false },
);

const Discovery = Type.Object(
  {
    interfaces: Type.Optional(
      Type.Array(Name, {
        maxItems: 32,
        description: 'names or IPv4 addresses; default: all that lead to a network',
      }),
    ),
    hosts: Type.Optional(
      Type.Array(Name, {
        maxItems: 1024,
        description: 'IPv4 addresses that are asked by themselves: behind routers',
      }),
    ),
    port: Type.Optional(Type.Integer({ ...Port, default: 3702 })),
  },
  { additionalProperties: false, description: 'where cameras are looked for (WS-Discovery)' },
);

const Federation = Type.Object(
  {
    announce: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'tell other FluxVision servers in the network of this one (multicast DNS)',
      }),
    ),
    browse: Type.Optional(
      Type.Boolean({ default: true, description: 'hear which other servers are in the network' }),
    ),
  },
  { additionalProperties: false },
);

const Passphrase = Type.Object(
  {
    file: Type.Optional(Path),
    env: Type.Optional(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' })),
    credential: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.-]{1,100}$',
        description: 'name of a systemd credential (LoadCredential=)',
      }),
    ),
    ask: Type.Optional(
      Type.Boolean({
        description: 'start locked; an administrator unlocks with the passphrase in the browser',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1, maxProperties: 1 },
);

const Retention = Type.Object(
  {
    maxDays: Type.Optional(Days),
    maxBytes: Type.Optional(Type.Integer({ minimum: 1_000_000 })),
    minFreeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

const Limits = Type.Object(
  {
    clients: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 16 })),
    clientsPerUser: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 16 })),
    sessionHours: Type.Optional(Type.Number({ minimum: 0.01, maximum: 24, default: 24 })),
    requestsPerMinute: Type.Optional(
      Type.Integer({ minimum: 10, maximum: 1_000_000, default: 1200, description: 'per address' }),
    ),
    bandwidthMbps: Type.Optional(
      Type.Number({
        ...{ minimum: 0.1, maximum: 10_000 },
        description: 'of each client, also where its user may have more; default: what users have',
      }),
    ),
  },
  { additionalProperties: false },
);

const Mqtt = Type.Object(
  {
    url: Type.String({ pattern: '^mqtts?://[^\\s@]+$', maxLength: 300 }),
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    passwordFile: Type.Optional(Path),
    /** PEM file of the authority that signed the broker's certificate. */
    ca: Type.Optional(Path),
    topic: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_/-]{1,100}$', default: 'fluxvision' }),
    ),
  },
  { additionalProperties: false },
);

/** Everything that can be set. Paths are relative to the file. */
export const Settings = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: 'as people see it' }),
    ),
    storage: Type.String({ ...Path, description: 'recordings, keys, databases' }),
    createStorage: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'false: never begin in an empty folder, which is where a disk is not mounted',
      }),
    ),
    passphrase: Type.Optional(Passphrase),
    passwordIterations: Type.Optional(
      Type.Integer({
        ...{ minimum: 100_000, maximum: 10_000_000, default: 600_000 },
        description: 'PBKDF2 iterations of passwords that are set, and of the first passphrase',
      }),
    ),
    listen: Type.Optional(Listen),
    tls: Type.Optional(Tls),
    retention: Type.Optional(Retention),
    transcode: Type.Optional(
      Type.Union([Type.Literal('never'), Type.Literal('auto')], { default: 'never' }),
    ),
    sealedPictures: Type.Optional(
      Type.Union([Type.Literal('offered'), Type.Literal('required')], {
        default: 'offered',
        description: 'required: no live or played-back picture leaves unsealed (ARIA-256-GCM)',
      }),
    ),
    limits: Type.Optional(Limits),
    mqtt: Type.Optional(Mqtt),
    metrics: Type.Optional(Type.Boolean({ default: true, description: '/metrics' })),
    trustedProxies: Type.Optional(
      Type.Array(Type.String({ minLength: 2, maxLength: 64, pattern: '^[0-9A-Fa-f.:/]+$' }), {
        maxItems: 50,
        description: 'addresses or networks whose X-Forwarded-For counts',
      }),
    ),
    allowedOrigins: Type.Optional(
      Type.Array(Type.String({ maxLength: 300, pattern: '^https?://[A-Za-z0-9.:\\[\\]-]+$' }), {
        maxItems: 50,
        description: 'pages of other origins that may use this server',
      }),
    ),
    discovery: Type.Optional(Discovery),
    federation: Type.Optional(Federation),
    allowLoopbackCameras: Type.Optional(
      Type.Boolean({ default: false, description: 'cameras on this machine; for demo and tests' }),
    ),
    logLevel: Type.Optional(
      Type.Union(
        [Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')],
        { default: 'info' },
      ),
    ),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
