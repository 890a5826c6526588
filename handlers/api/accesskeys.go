package api

import (
	"context"
	"net/http"

	"latchkey/access"
)

// Access keys go by two names on the wire, as applications do: each operation is
// there twice, and what it does stands here once (api-contract.md 2.2).

func wireAccessKey(k access.AccessKey) AccessKey {
	return AccessKey{Id: k.ID, Name: k.Name, ClientId: k.ClientID, CreatedAt: wireTime{k.CreatedAt}, LastLogin: wireTime{k.LastLogin}}
}

func wireOwnedAccessKey(k access.AccessKey) OwnedAccessKey {
	return OwnedAccessKey{
		Id: k.ID, Name: k.Name, ClientId: k.ClientID, CreatedAt: wireTime{k.CreatedAt}, LastLogin: wireTime{k.LastLogin},
		CreatedBy: k.Owner.Name,
	}
}

var (
	accessKeyColumns      = []string{"id", "name", "clientId", "createdAt", "lastLogin"}
	ownedAccessKeyColumns = append(accessKeyColumns[:len(accessKeyColumns):len(accessKeyColumns)], "createdBy")
)

// keyListing is a list of access keys: few enough to be read at once.
type keyListing[T any] struct{ *listing[T] }

func newKeyListing[T any](ctx context.Context, keys []access.AccessKey, err error, columns []string, wire func(access.AccessKey) T) (*listing[T], error) {
	if err != nil {
		return nil, err
	}
	return newListing(ctx, access.List{}, columns, few(keys), wire)
}

func (a *api) myAccessKeys(ctx context.Context) (*listing[AccessKey], error) {
	keys, err := a.svc.MyAccessKeys(ctx, callerOf(ctx))
	return newKeyListing(ctx, keys, err, accessKeyColumns, wireAccessKey)
}

func (a *api) allAccessKeys(ctx context.Context, clientID, createdBy string) (*listing[OwnedAccessKey], error) {
	keys, err := a.svc.AllAccessKeys(ctx, callerOf(ctx), access.AccessKeySelection{ClientID: clientID, CreatedBy: createdBy})
	return newKeyListing(ctx, keys, err, ownedAccessKeyColumns, wireOwnedAccessKey)
}

func (a *api) createAccessKey(ctx context.Context, in NewAccessKey) (CreatedAccessKey, error) {
	key, secret, err := a.svc.CreateAccessKey(ctx, callerOf(ctx), access.NewAccessKey{Name: in.Name})
	if err != nil {
		return CreatedAccessKey{}, err
	}
	return CreatedAccessKey{
		Id: key.ID, Name: key.Name, ClientId: key.ClientID, CreatedAt: wireTime{key.CreatedAt},
		Secret: secret.Reveal(), ClientSecret: secret.Reveal(),
	}, nil
}

func (a *api) getAccessKey(ctx context.Context, id string) (single[AccessKey], error) {
	key, err := a.svc.MyAccessKey(ctx, callerOf(ctx), id)
	return single[AccessKey]{ctx, key.Generation, wireAccessKey(key)}, err
}

func (a *api) deleteAccessKey(ctx context.Context, id, ifMatch string) error {
	caller := callerOf(ctx)
	generation, err := wantedVersion(ifMatch, func() (int64, error) {
		key, err := a.svc.MyAccessKey(ctx, caller, id)
		return key.Generation, err
	})
	if err != nil {
		return err
	}
	return a.svc.DeleteMyAccessKeyVersion(ctx, caller, id, generation)
}

func (a *api) regenerateAccessKey(ctx context.Context, id string) (RegeneratedSecret, error) {
	_, secret, err := a.svc.RegenerateAccessKey(ctx, callerOf(ctx), id, "")
	if err != nil {
		return RegeneratedSecret{}, err
	}
	return RegeneratedSecret{Secret: secret.Reveal(), ClientSecret: secret.Reveal()}, nil
}

// The operations by the older name, whose lists are bare arrays.

func (l keyListing[T]) VisitListUserApplicationsResponse(http.ResponseWriter) error {
	return l.answer()
}

func (l keyListing[T]) VisitListAllUserApplicationsResponse(http.ResponseWriter) error {
	return l.answer()
}

func (a *api) ListUserApplications(ctx context.Context, _ ListUserApplicationsRequestObject) (ListUserApplicationsResponseObject, error) {
	l, err := a.myAccessKeys(ctx)
	return keyListing[AccessKey]{l}, err
}

func (a *api) CreateUserApplication(ctx context.Context, r CreateUserApplicationRequestObject) (CreateUserApplicationResponseObject, error) {
	created, err := a.createAccessKey(ctx, *r.Body)
	return CreateUserApplication201JSONResponse(created), err
}

func (a *api) GetUserApplication(ctx context.Context, r GetUserApplicationRequestObject) (GetUserApplicationResponseObject, error) {
	return a.getAccessKey(ctx, r.AppId)
}

func (a *api) DeleteUserApplication(ctx context.Context, r DeleteUserApplicationRequestObject) (DeleteUserApplicationResponseObject, error) {
	return DeleteUserApplication204Response{}, a.deleteAccessKey(ctx, r.AppId, r.Params.IfMatch)
}

func (a *api) RegenerateUserApplicationSecret(ctx context.Context, r RegenerateUserApplicationSecretRequestObject) (RegenerateUserApplicationSecretResponseObject, error) {
	secret, err := a.regenerateAccessKey(ctx, r.AppId)
	return RegenerateUserApplicationSecret200JSONResponse(secret), err
}

func (a *api) ListAllUserApplications(ctx context.Context, r ListAllUserApplicationsRequestObject) (ListAllUserApplicationsResponseObject, error) {
	l, err := a.allAccessKeys(ctx, r.Params.ClientId, r.Params.CreatedBy)
	return keyListing[OwnedAccessKey]{l}, err
}

func (a *api) DeleteAnyUserApplication(ctx context.Context, r DeleteAnyUserApplicationRequestObject) (DeleteAnyUserApplicationResponseObject, error) {
	return DeleteAnyUserApplication204Response{}, a.svc.DeleteAccessKey(ctx, callerOf(ctx), r.AppId)
}

// The operations by the newer name, whose lists have an object around them.

func (l keyListing[T]) VisitListAccessKeysResponse(http.ResponseWriter) error { return l.answer() }

func (l keyListing[T]) VisitListAllAccessKeysResponse(http.ResponseWriter) error { return l.answer() }

func (a *api) ListAccessKeys(ctx context.Context, _ ListAccessKeysRequestObject) (ListAccessKeysResponseObject, error) {
	l, err := a.myAccessKeys(ctx)
	if err != nil {
		return nil, err
	}
	l.wrap = func(keys []AccessKey) any { return AccessKeys{AccessKeys: keys} }
	return keyListing[AccessKey]{l}, nil
}

func (a *api) CreateAccessKey(ctx context.Context, r CreateAccessKeyRequestObject) (CreateAccessKeyResponseObject, error) {
	created, err := a.createAccessKey(ctx, *r.Body)
	return CreateAccessKey201JSONResponse(created), err
}

func (a *api) GetAccessKey(ctx context.Context, r GetAccessKeyRequestObject) (GetAccessKeyResponseObject, error) {
	return a.getAccessKey(ctx, r.AccessKeyId)
}

func (a *api) DeleteAccessKey(ctx context.Context, r DeleteAccessKeyRequestObject) (DeleteAccessKeyResponseObject, error) {
	return DeleteAccessKey204Response{}, a.deleteAccessKey(ctx, r.AccessKeyId, r.Params.IfMatch)
}

func (a *api) RegenerateAccessKeySecret(ctx context.Context, r RegenerateAccessKeySecretRequestObject) (RegenerateAccessKeySecretResponseObject, error) {
	secret, err := a.regenerateAccessKey(ctx, r.AccessKeyId)
	return RegenerateAccessKeySecret200JSONResponse(secret), err
}

func (a *api) ListAllAccessKeys(ctx context.Context, r ListAllAccessKeysRequestObject) (ListAllAccessKeysResponseObject, error) {
	l, err := a.allAccessKeys(ctx, r.Params.ClientId, r.Params.CreatedBy)
	if err != nil {
		return nil, err
	}
	l.wrap = func(keys []OwnedAccessKey) any { return OwnedAccessKeys{AccessKeys: keys} }
	return keyListing[OwnedAccessKey]{l}, nil
}

func (a *api) DeleteAnyAccessKey(ctx context.Context, r DeleteAnyAccessKeyRequestObject) (DeleteAnyAccessKeyResponseObject, error) {
	return DeleteAnyAccessKey204Response{}, a.svc.DeleteAccessKey(ctx, callerOf(ctx), r.AccessKeyId)
}
