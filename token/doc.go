// Package token turns keys and tokens into bytes and back.
//
// It owns three things, each in a form that its owner can hold without being able to leak it by accident:
//
//   - secret keys, what an application proves itself with: [MintKey], [ParseKey], [Key.Hash];
//   - the key file and what is sealed under it: [LoadOrCreateKeyFile], [Sealer];
//   - signing keys and the access tokens they sign: [SigningKey], [Signer], [KeySet], [Verifier].
//
// It knows nothing of applications, users, databases or HTTP: it can say that a token was signed by a known key and has
// not expired, never that the application behind it may still use it. That second question (a regenerated key, a disabled
// or deleted application) belongs to package access, which compares [Claims.Generation] with the present state.
//
// The clock and the source of randomness are always handed in. Nothing in this package logs.
package token
