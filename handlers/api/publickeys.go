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

// publicKeyListing is the answer of both lists: applications go by two names.
type publicKeyListing struct{ *listing[PublicKey] }

func (l publicKeyListing) VisitListPublicKeysResponse(http.ResponseWriter) error { return l.answer() }
func (l publicKeyListing) VisitListServiceAccountPublicKeysResponse(http.ResponseWriter) error {
	return l.answer()
}

func (a *api) publicKeyList(ctx context.Context, applicationID string) (publicKeyListing, error) {
	keys, err := a.svc.PublicKeys(ctx, callerOf(ctx), applicationID)
	if err != nil {
		return publicKeyListing{}, err
	}
	l, err := newListing(ctx, access.List{}, publicKeyColumns, few(keys), wirePublicKey)
	return publicKeyListing{l}, err
}

func (a *api) addPublicKey(ctx context.Context, applicationID string, in NewPublicKey) (PublicKey, error) {
	key, err := a.svc.AddPublicKey(ctx, callerOf(ctx), applicationID, access.NewPublicKey{Name: in.Name, Key: in.Key})
	return wirePublicKey(key), err
}

// ListPublicKeys are few enough to be read at once.
func (a *api) ListPublicKeys(ctx context.Context, r ListPublicKeysRequestObject) (ListPublicKeysResponseObject, error) {
	return a.publicKeyList(ctx, r.AppId)
}

// AddPublicKey answers with the key as it is kept.
func (a *api) AddPublicKey(ctx context.Context, r AddPublicKeyRequestObject) (AddPublicKeyResponseObject, error) {
	key, err := a.addPublicKey(ctx, r.AppId, *r.Body)
	return AddPublicKey201JSONResponse(key), err
}

// DeletePublicKey ends what the key has earned as well.
func (a *api) DeletePublicKey(ctx context.Context, r DeletePublicKeyRequestObject) (DeletePublicKeyResponseObject, error) {
	return DeletePublicKey204Response{}, a.svc.DeletePublicKey(ctx, callerOf(ctx), r.AppId, r.PublicKeyId)
}

func (a *api) ListServiceAccountPublicKeys(ctx context.Context, r ListServiceAccountPublicKeysRequestObject) (ListServiceAccountPublicKeysResponseObject, error) {
	return a.publicKeyList(ctx, r.ServiceAccountId)
}

func (a *api) AddServiceAccountPublicKey(ctx context.Context, r AddServiceAccountPublicKeyRequestObject) (AddServiceAccountPublicKeyResponseObject, error) {
	key, err := a.addPublicKey(ctx, r.ServiceAccountId, *r.Body)
	return AddServiceAccountPublicKey201JSONResponse(key), err
}

func (a *api) DeleteServiceAccountPublicKey(ctx context.Context, r DeleteServiceAccountPublicKeyRequestObject) (DeleteServiceAccountPublicKeyResponseObject, error) {
	return DeleteServiceAccountPublicKey204Response{}, a.svc.DeletePublicKey(ctx, callerOf(ctx), r.ServiceAccountId, r.PublicKeyId)
}
