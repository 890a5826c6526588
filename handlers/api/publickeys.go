package api

import (
	"context"
	"net/http"

	"latchkey/access"
)

func wirePublicKey(k access.PublicKey) PublicKey {
	return PublicKey{
		Id: k.ID, Name: k.Name, Kid: k.KeyID, Thumbprint: k.Thumbprint, Algorithm: k.Algorithm, Jwk: k.JWK,
		CreatedBy: k.CreatedBy, CreatedAt: wireTime{k.CreatedAt}, LastUsed: wireTime{k.LastUsed},
	}
}

var publicKeyColumns = []string{"id", "name", "kid", "thumbprint", "algorithm", "jwk", "createdBy", "createdAt", "lastUsed"}

type publicKeyListing struct{ *listing[PublicKey] }

func (l publicKeyListing) VisitListPublicKeysResponse(http.ResponseWriter) error { return l.answer() }

// ListPublicKeys are few enough to be read at once.
func (a *api) ListPublicKeys(ctx context.Context, r ListPublicKeysRequestObject) (ListPublicKeysResponseObject, error) {
	keys, err := a.svc.PublicKeys(ctx, callerOf(ctx), r.AppId)
	if err != nil {
		return nil, err
	}
	l, err := newListing(ctx, access.List{}, publicKeyColumns, few(keys), wirePublicKey)
	return publicKeyListing{l}, err
}

// AddPublicKey answers with the key as it is kept.
func (a *api) AddPublicKey(ctx context.Context, r AddPublicKeyRequestObject) (AddPublicKeyResponseObject, error) {
	key, err := a.svc.AddPublicKey(ctx, callerOf(ctx), r.AppId, access.NewPublicKey{Name: r.Body.Name, Key: r.Body.Key})
	return AddPublicKey201JSONResponse(wirePublicKey(key)), err
}

// DeletePublicKey ends what the key has earned as well.
func (a *api) DeletePublicKey(ctx context.Context, r DeletePublicKeyRequestObject) (DeletePublicKeyResponseObject, error) {
	return DeletePublicKey204Response{}, a.svc.DeletePublicKey(ctx, callerOf(ctx), r.AppId, r.PublicKeyId)
}
