/**
 * A certificate for localhost, 127.0.0.1 and ::1, for servers and clients, and the authority that signed it. Both are
 * valid from 2020 to 2120. FOR TESTS ONLY: the key is public, so never trust this authority outside of a test.
 *
 * They are stored here because Node cannot create certificates and a user's machine may have no openssl. They were made
 * with OpenSSL 3 and this `openssl.cnf`:
 *
 *     [ca]        default_ca = tests
 *     [tests]     database = index, new_certs_dir = ., rand_serial = yes, default_md = sha256, policy = any,
 *                 default_startdate = 20200101000000Z, default_enddate = 21200101000000Z
 *     [any]       commonName = supplied
 *     [authority] basicConstraints = critical, CA:TRUE; keyUsage = critical, keyCertSign; subjectKeyIdentifier = hash
 *     [server]    basicConstraints = critical, CA:FALSE; keyUsage = critical, digitalSignature;
 *                 extendedKeyUsage = serverAuth, clientAuth; subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1;
 *                 subjectKeyIdentifier = hash; authorityKeyIdentifier = keyid
 *     [req]       distinguished_name = name
 *     [name]
 *
 * and these commands. The authority's key was deleted.
 *
 *     new()  { openssl req -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
 *                -keyout $1.key -out $1.csr -subj "/CN=$2"; }
 *     sign() { openssl ca -config openssl.cnf -batch -notext -extensions $1 -in $1.csr -out $1.pem "${@:2}"; }
 *     touch index
 *     new authority 'nestjs-redis-infra tests only' && sign authority -selfsign -keyfile authority.key
 *     new server localhost && sign server -cert authority.pem -keyfile authority.key
 */
export const TEST_CERTIFICATES = Object.freeze({
  /** The certificate of the authority, PEM. A client trusts it through `tls.ca`. */
  ca: `-----BEGIN CERTIFICATE-----
MIIBlTCCATygAwIBAgIUIH7gC0PjABSQ28bEEXYofP/PN9QwCgYIKoZIzj0EAwIw
KDEmMCQGA1UEAwwdbmVzdGpzLXJlZGlzLWluZnJhIHRlc3RzIG9ubHkwIBcNMjAw
MTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMCgxJjAkBgNVBAMMHW5lc3Rqcy1y
ZWRpcy1pbmZyYSB0ZXN0cyBvbmx5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
5bDqtNFHHofnDBn73jOobM6h6AB0iY1uxk/B7BufZuWZMS4+AsdNdwDRCPbTaPyA
wEz869PDZA5n7E29FlhGfKNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8E
BAMCAgQwHQYDVR0OBBYEFO5jZ5jX5jgNk9nL64NjQ8ZNn/evMAoGCCqGSM49BAMC
A0cAMEQCICxHJGQ9HXqHQW85DTpX71gCj5nXv4QiRUv5usYwnkldAiA9dBtLpXtZ
vkLJATtq9pWeCJG03wCmy48p7ZjhJyV7/Q==
-----END CERTIFICATE-----
`,
  /** The certificate, PEM. A client needs it when the server requires one (`config: { 'tls-auth-clients': 'yes' }`). */
  cert: `-----BEGIN CERTIFICATE-----
MIIB7jCCAZWgAwIBAgIUehR8H/Nph4jBADzxP+MFAJjG2NswCgYIKoZIzj0EAwIw
KDEmMCQGA1UEAwwdbmVzdGpzLXJlZGlzLWluZnJhIHRlc3RzIG9ubHkwIBcNMjAw
MTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ+AcusG4oMn6/65ZM/oQFO2MAaA
MLFjUsBqPIlyTbdq6yyjiCFl0K1cHAoxeMHJZ35xl7dm+9JYNBDZ+aWD/majga4w
gaswHQYDVR0OBBYEFG29cKVJGqt6xNgtwvYOPKO9G198MB8GA1UdIwQYMBaAFO5j
Z5jX5jgNk9nL64NjQ8ZNn/evMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeA
MB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAsBgNVHREEJTAjgglsb2Nh
bGhvc3SHBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwCgYIKoZIzj0EAwIDRwAwRAIg
C1XzTANLM0CbFSsijARTUhdBd5JONZZiTAz34NMn3OYCIB+pRjcctdkOgClnziCy
Yui9VXb8qbQcOzNFjd8EXrtz
-----END CERTIFICATE-----
`,
  /** The key of the certificate, PEM. */
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoigBZFBZy2lT1BWR
ESmFkWloPyDsI/pKqyGCU6BoAnOhRANCAASfgHLrBuKDJ+v+uWTP6EBTtjAGgDCx
Y1LAajyJck23ausso4ghZdCtXBwKMXjByWd+cZe3ZvvSWDQQ2fmlg/5m
-----END PRIVATE KEY-----
`,
} as const);
