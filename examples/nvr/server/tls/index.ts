// Who the server is to those who connect.
export { localNames, makeAuthority, makeCertificate } from './certificate.js';
export { openIdentity, type TlsIdentity } from './identity.js';
