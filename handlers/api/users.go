package api

import (
	"context"
	"net/http"
	"strings"

	"latchkey/access"
	"latchkey/web"
)

func wireUser(u access.User) User {
	return User{
		Id:        u.ID,
		Username:  u.Email,
		CreatedBy: u.CreatedBy,
		CreatedAt: wireTime{u.CreatedAt},
		UpdatedAt: wireTime{u.UpdatedAt},
		LastLogin: wireTime{u.LastLogin},
		IsLocal:   true,
		Groups:    []string{},
	}
}

var (
	userSchema  = byCreation(access.UserSchema, "creationTime")
	userColumns = []string{"id", "username", "createdBy", "createdAt", "updatedAt", "lastLogin", "isLocal", "groups"}
)

// ListUsers answers with a bare array, whose page is larger than elsewhere
// (api-contract.md 4.1).
func (a *api) ListUsers(ctx context.Context, r ListUsersRequestObject) (ListUsersResponseObject, error) {
	list, err := a.parseList(ctx, userSchema)
	if err != nil {
		return nil, err
	}
	if r.Params.Limit == 0 {
		list.Limit = maxPage
	}
	if r.Params.Filter != "" {
		_, isLocal, _ := strings.Cut(string(r.Params.Filter), ":")
		filter, err := access.ParseFilter(access.UserSchema, "isLocal", access.Equal, isLocal)
		if err != nil {
			return nil, err
		}
		list.Filters = append(list.Filters, filter)
	}
	caller := callerOf(ctx)
	l, err := newListing(ctx, list, userColumns, source[access.UserRow]{
		page:   func() (access.Page[access.UserRow], error) { return a.svc.ListUsers(ctx, caller, list) },
		count:  func() (int, error) { return a.svc.CountUsers(ctx, caller, list) },
		export: func(fn func(access.UserRow) error) error { return a.svc.ExportUsers(ctx, caller, list, fn) },
	}, func(row access.UserRow) User { return wireUser(row.User) })
	return userListing{l}, err
}

type userListing struct{ *listing[User] }

func (l userListing) VisitListUsersResponse(http.ResponseWriter) error { return l.answer() }

func (a *api) CountUsers(ctx context.Context, _ CountUsersRequestObject) (CountUsersResponseObject, error) {
	list, err := a.parseList(ctx, userSchema)
	if err != nil {
		return nil, err
	}
	n, err := a.svc.CountUsers(ctx, callerOf(ctx), list)
	return CountUsers200JSONResponse{CountJSONResponse{Count: int64(n)}}, err
}

func (a *api) GetUser(ctx context.Context, r GetUserRequestObject) (GetUserResponseObject, error) {
	user, err := a.svc.User(ctx, callerOf(ctx), r.UserId)
	return single[User]{ctx, user.Version, wireUser(user)}, err
}

// CreateUser makes a user with a temporary password, the only kind that an
// administrator gives.
func (a *api) CreateUser(ctx context.Context, r CreateUserRequestObject) (CreateUserResponseObject, error) {
	user, password, err := a.svc.CreateLocalUser(ctx, callerOf(ctx), access.NewUser{Email: r.Body.Email})
	return CreateUser201JSONResponse{Id: user.ID, Username: user.Email, TempPassword: password.Reveal()}, err
}

func (a *api) DeleteUser(ctx context.Context, r DeleteUserRequestObject) (DeleteUserResponseObject, error) {
	caller := callerOf(ctx)
	version, err := wantedVersion(r.Params.IfMatch, func() (int64, error) {
		user, err := a.svc.User(ctx, caller, r.UserId)
		return user.Version, err
	})
	if err != nil {
		return nil, err
	}
	_, err = a.svc.DeleteUserVersion(ctx, caller, r.UserId, version)
	return DeleteUser204Response{}, err
}

func (a *api) LogOutUser(ctx context.Context, r LogOutUserRequestObject) (LogOutUserResponseObject, error) {
	_, err := a.svc.SignOutEverywhere(ctx, callerOf(ctx), r.UserId, [32]byte{})
	return LogOutUser200Response{}, err
}

func (a *api) ResetUserPassword(ctx context.Context, r ResetUserPasswordRequestObject) (ResetUserPasswordResponseObject, error) {
	_, password, err := a.svc.ResetPassword(ctx, callerOf(ctx), r.UserId, "")
	return ResetUserPassword200JSONResponse{TempPassword: password.Reveal()}, err
}

// ChangeMyPassword is for tokens of users. Passwords are never echoed.
func (a *api) ChangeMyPassword(ctx context.Context, r ChangeMyPasswordRequestObject) (ChangeMyPasswordResponseObject, error) {
	caller := callerOf(ctx)
	if caller.Type != access.SubjectUser {
		return nil, &web.Problem{Status: http.StatusForbidden, Message: "Only users have a password; this access token is an application's."}
	}
	return ChangeMyPassword200JSONResponse{}, a.svc.ChangePassword(ctx, caller, r.Body.CurrentPassword, r.Body.NewPassword, [32]byte{})
}
