package api

import (
	"context"
	"strings"

	"latchkey/access"
)

func wireRule(r access.Rule) AccessRule {
	return AccessRule{
		Id:          r.ID,
		SubjectId:   r.Subject.Name,
		SubjectType: string(r.Subject.Type),
		RoleId:      r.RoleID,
		RoleName:    r.RoleName,
		ScopeId:     r.Scope.ID,
		ScopeType:   string(r.Scope.Type),
		ScopeName:   r.Scope.Name,
		ClusterId:   clusterOf(r.Scope),
		TenantId:    access.TenantID,
		CreatedBy:   r.CreatedBy,
		CreatedAt:   wireTime{r.CreatedAt},
		UpdatedAt:   wireTime{r.UpdatedAt},
		DeletedAt:   wireTime{r.DeletedAt},
	}
}

func wireMyRule(r access.Rule) MyAccessRule {
	return MyAccessRule{
		Id:          r.ID,
		SubjectId:   r.Subject.Name,
		SubjectType: string(r.Subject.Type),
		RoleId:      r.RoleID,
		RoleName:    r.RoleName,
		ScopeId:     r.Scope.ID,
		ScopeType:   string(r.Scope.Type),
		ScopeName:   r.Scope.Name,
		ClusterId:   clusterOf(r.Scope),
		TenantId:    access.TenantID,
	}
}

// clusterOf is the cluster that a scope is or lies in; empty for the tenant.
func clusterOf(s access.Scope) string {
	if ids := s.Path.IDs(); len(ids) > 1 {
		return ids[1]
	}
	return ""
}

func (a *api) CreateAccessRule(ctx context.Context, r CreateAccessRuleRequestObject) (CreateAccessRuleResponseObject, error) {
	rule, err := a.svc.CreateRule(ctx, callerOf(ctx), newRule(*r.Body))
	if err != nil {
		return nil, err
	}
	return CreateAccessRule201JSONResponse(wireRule(rule)), nil
}

func newRule(in NewAccessRule) access.NewRule {
	return access.NewRule{
		SubjectType: access.SubjectType(in.SubjectType), Subject: in.SubjectId,
		RoleID: in.RoleId, ScopeID: in.ScopeId, ScopeType: access.ScopeType(in.ScopeType),
	}
}

func (a *api) DeleteAccessRule(ctx context.Context, r DeleteAccessRuleRequestObject) (DeleteAccessRuleResponseObject, error) {
	_, err := a.svc.DeleteRule(ctx, callerOf(ctx), r.AccessRuleId)
	return DeleteAccessRule204Response{}, err
}

// ListMyAccessRules answers with the caller's own; everybody may read these.
func (a *api) ListMyAccessRules(ctx context.Context, r ListMyAccessRulesRequestObject) (ListMyAccessRulesResponseObject, error) {
	rules, err := a.matchingRules(ctx, r.Params.Search)
	if err != nil {
		return nil, err
	}
	shown := page(rules, r.Params.Limit, r.Params.Offset)
	body := MyAccessRules{TotalRecords: len(rules), DisplayRecords: len(shown), AccessRules: make([]MyAccessRule, len(shown))}
	for i, rule := range shown {
		body.AccessRules[i] = wireMyRule(rule)
	}
	return ListMyAccessRules200JSONResponse{AccessRules: body}, nil
}

func (a *api) CountMyAccessRules(ctx context.Context, r CountMyAccessRulesRequestObject) (CountMyAccessRulesResponseObject, error) {
	rules, err := a.matchingRules(ctx, r.Params.Search)
	return CountMyAccessRules200JSONResponse{CountJSONResponse{Count: int64(len(rules))}}, err
}

// matchingRules are the caller's rules whose role or scope contains the search.
func (a *api) matchingRules(ctx context.Context, search string) ([]access.Rule, error) {
	rules, err := a.svc.MyRules(ctx, callerOf(ctx))
	if err != nil || search == "" {
		return rules, err
	}
	if err := a.server.LimitSearch(echoOf(ctx)); err != nil {
		return nil, err
	}
	search = strings.ToLower(search)
	var matching []access.Rule
	for _, r := range rules {
		if strings.Contains(strings.ToLower(r.RoleName+"\n"+r.Scope.Name+"\n"+r.Subject.Name), search) {
			matching = append(matching, r)
		}
	}
	return matching, nil
}

// The paging of api-contract.md section 7.
const (
	defaultPage = 50
	maxPage     = 500
)

// page is the part of all that was asked for.
func page[T any](all []T, limit, offset int32) []T {
	if limit == 0 {
		limit = defaultPage
	}
	rest := all[min(int(offset), len(all)):]
	return rest[:min(int(limit), len(rest))]
}
