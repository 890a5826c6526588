package api

import (
	"context"
	"net/http"

	"latchkey/access"
)

// Applications go by two names on the wire, so that each operation is there
// twice; what it does stands here once (api-contract.md 2.1).

func wireApplication(a access.Application) Application {
	return Application{
		Id:          a.ID,
		Name:        a.Name,
		ClientId:    a.ClientID,
		Description: a.Description,
		Enabled:     a.Enabled,
		TenantId:    tenantText,
		CreatedBy:   a.CreatedBy,
		CreatedAt:   wireTime{a.CreatedAt},
		UpdatedAt:   wireTime{a.UpdatedAt},
		LastLogin:   wireTime{a.LastLogin},
	}
}

var applicationSchema = byCreation(access.ApplicationSchema, "createdAt")

var applicationColumns = []string{"id", "name", "clientId", "description", "enabled", "tenantId", "createdBy", "createdAt", "updatedAt", "lastLogin"}

// applicationList is a bare array of every application that the caller may read,
// as long as it is; or one page of it, or a CSV file.
func (a *api) applicationList(ctx context.Context) (applicationListing, error) {
	list, err := a.parseList(ctx, applicationSchema)
	if err != nil {
		return applicationListing{}, err
	}
	caller := callerOf(ctx)
	l, err := newListing(ctx, list, applicationColumns, source[access.ApplicationRow]{
		page:  func() (access.ApplicationPage, error) { return a.svc.ListApplications(ctx, caller, list) },
		count: func() (int, error) { return a.svc.CountAllApplications(ctx, caller, list) },
		all: func(fn func(access.ApplicationRow) error) error {
			return a.svc.EachApplication(ctx, caller, list, fn)
		},
		export: func(fn func(access.ApplicationRow) error) error {
			return a.svc.ExportApplications(ctx, caller, list, fn)
		},
	}, func(row access.ApplicationRow) Application { return wireApplication(row.Application) })
	return applicationListing{l}, err
}

func (a *api) getApplication(ctx context.Context, id string) (access.Application, error) {
	app, err := a.svc.Application(ctx, callerOf(ctx), id)
	if err == nil && !app.DeletedAt.IsZero() {
		err = access.ErrNotFound
	}
	return app, err
}

func oneApplication(ctx context.Context, app access.Application) single[Application] {
	return single[Application]{ctx, app.Version, wireApplication(app)}
}

func (a *api) createApplication(ctx context.Context, in NewApplication) (CreatedApplication, error) {
	wanted := access.NewApplication{
		Name: in.Name, Description: in.Description, ScopeID: in.ScopeId,
		KeyLifetime: access.UsualKeyLifetime, // the wire has no word for it
	}
	if in.PublicKey != nil {
		wanted.PublicKey = &access.NewPublicKey{Name: in.PublicKey.Name, Key: in.PublicKey.Key}
	}
	app, key, err := a.svc.CreateApplication(ctx, callerOf(ctx), wanted)
	if err != nil {
		return CreatedApplication{}, err
	}
	return CreatedApplication{Id: app.ID, Name: app.Name, ClientId: app.ClientID, Secret: key.Reveal(), ClientSecret: key.Reveal()}, nil
}

func (a *api) updateApplication(ctx context.Context, id, ifMatch string, in ApplicationChange) (access.Application, error) {
	version, err := a.applicationVersion(ctx, id, ifMatch)
	if err != nil {
		return access.Application{}, err
	}
	change := access.ApplicationChange{Enabled: in.Enabled, Description: in.Description, ScopeID: in.ScopeId, Version: version}
	return a.svc.ChangeApplication(ctx, callerOf(ctx), id, change)
}

func (a *api) deleteApplication(ctx context.Context, id, ifMatch string) error {
	version, err := a.applicationVersion(ctx, id, ifMatch)
	if err != nil {
		return err
	}
	_, err = a.svc.DeleteApplicationVersion(ctx, callerOf(ctx), id, version)
	return err
}

func (a *api) applicationVersion(ctx context.Context, id, ifMatch string) (int64, error) {
	return wantedVersion(ifMatch, func() (int64, error) {
		app, err := a.getApplication(ctx, id)
		return app.Version, err
	})
}

func (a *api) regenerateSecret(ctx context.Context, id string) (RegeneratedSecret, error) {
	_, key, err := a.svc.RegenerateKey(ctx, callerOf(ctx), id, access.UsualKeyLifetime, "")
	if err != nil {
		return RegeneratedSecret{}, err
	}
	return RegeneratedSecret{Secret: key.Reveal(), ClientSecret: key.Reveal()}, nil
}

func (a *api) removeSecret(ctx context.Context, id string) error {
	_, err := a.svc.RemoveSecretKey(ctx, callerOf(ctx), id, "")
	return err
}

// The operations by the older name.

func (a *api) ListApplications(ctx context.Context, _ ListApplicationsRequestObject) (ListApplicationsResponseObject, error) {
	return a.applicationList(ctx)
}

func (a *api) CreateApplication(ctx context.Context, r CreateApplicationRequestObject) (CreateApplicationResponseObject, error) {
	created, err := a.createApplication(ctx, *r.Body)
	return CreateApplication201JSONResponse(created), err
}

func (a *api) GetApplication(ctx context.Context, r GetApplicationRequestObject) (GetApplicationResponseObject, error) {
	app, err := a.getApplication(ctx, r.AppId)
	return oneApplication(ctx, app), err
}

func (a *api) UpdateApplication(ctx context.Context, r UpdateApplicationRequestObject) (UpdateApplicationResponseObject, error) {
	app, err := a.updateApplication(ctx, r.AppId, r.Params.IfMatch, *r.Body)
	return oneApplication(ctx, app), err
}

func (a *api) DeleteApplication(ctx context.Context, r DeleteApplicationRequestObject) (DeleteApplicationResponseObject, error) {
	return DeleteApplication204Response{}, a.deleteApplication(ctx, r.AppId, r.Params.IfMatch)
}

func (a *api) RegenerateApplicationSecret(ctx context.Context, r RegenerateApplicationSecretRequestObject) (RegenerateApplicationSecretResponseObject, error) {
	secret, err := a.regenerateSecret(ctx, r.AppId)
	return RegenerateApplicationSecret200JSONResponse(secret), err
}

func (a *api) RemoveApplicationSecret(ctx context.Context, r RemoveApplicationSecretRequestObject) (RemoveApplicationSecretResponseObject, error) {
	return RemoveApplicationSecret204Response{}, a.removeSecret(ctx, r.AppId)
}

// The operations by the newer name.

func (a *api) ListServiceAccounts(ctx context.Context, _ ListServiceAccountsRequestObject) (ListServiceAccountsResponseObject, error) {
	return a.applicationList(ctx)
}

func (a *api) CreateServiceAccount(ctx context.Context, r CreateServiceAccountRequestObject) (CreateServiceAccountResponseObject, error) {
	created, err := a.createApplication(ctx, *r.Body)
	return CreateServiceAccount201JSONResponse(created), err
}

func (a *api) GetServiceAccount(ctx context.Context, r GetServiceAccountRequestObject) (GetServiceAccountResponseObject, error) {
	app, err := a.getApplication(ctx, r.ServiceAccountId)
	return oneApplication(ctx, app), err
}

func (a *api) UpdateServiceAccount(ctx context.Context, r UpdateServiceAccountRequestObject) (UpdateServiceAccountResponseObject, error) {
	app, err := a.updateApplication(ctx, r.ServiceAccountId, r.Params.IfMatch, *r.Body)
	return oneApplication(ctx, app), err
}

func (a *api) DeleteServiceAccount(ctx context.Context, r DeleteServiceAccountRequestObject) (DeleteServiceAccountResponseObject, error) {
	return DeleteServiceAccount204Response{}, a.deleteApplication(ctx, r.ServiceAccountId, r.Params.IfMatch)
}

func (a *api) RegenerateServiceAccountSecret(ctx context.Context, r RegenerateServiceAccountSecretRequestObject) (RegenerateServiceAccountSecretResponseObject, error) {
	secret, err := a.regenerateSecret(ctx, r.ServiceAccountId)
	return RegenerateServiceAccountSecret200JSONResponse(secret), err
}

func (a *api) RemoveServiceAccountSecret(ctx context.Context, r RemoveServiceAccountSecretRequestObject) (RemoveServiceAccountSecretResponseObject, error) {
	return RemoveServiceAccountSecret204Response{}, a.removeSecret(ctx, r.ServiceAccountId)
}

// applicationListing is the answer of both lists.
type applicationListing struct{ *listing[Application] }

func (l applicationListing) VisitListApplicationsResponse(http.ResponseWriter) error {
	return l.answer()
}
func (l applicationListing) VisitListServiceAccountsResponse(http.ResponseWriter) error {
	return l.answer()
}
