// Who the server is to those who connect.

export { localNames, makeAuthority, makeCertificate } from './certificate.js';
export { CertificateWatch } from './certificate-watch.js';
export { openIdentity, type TlsIdentity, tlsOptions } from './identity.js';
