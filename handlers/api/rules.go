package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"latchkey/access"
	"latchkey/web"
)

// The generator gives these no names.
type (
	ruleStatus = struct {
		Phase access.RulePhase `json:"phase"`
	}
	failedItem = struct {
		Code    int    `json:"code"`
		Id      string `json:"id"`
		Message string `json:"message"`
	}
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
		Status:      ruleStatus{Phase: r.Phase()},
	}
}

var (
	ruleSchema  = byCreation(access.RuleSchema, "createdAt")
	ruleColumns = []string{"id", "subjectId", "subjectType", "roleId", "roleName", "scopeId", "scopeType", "scopeName", "clusterId", "tenantId", "createdBy", "createdAt", "updatedAt", "deletedAt", "status"}
)

// ListAccessRules answers with a page, in an object that counts.
func (a *api) ListAccessRules(ctx context.Context, r ListAccessRulesRequestObject) (ListAccessRulesResponseObject, error) {
	list, err := a.parseList(ctx, ruleSchema)
	if err != nil {
		return nil, err
	}
	by, err := selectionOf(r.Params)
	if err != nil {
		return nil, err
	}
	caller := callerOf(ctx)
	l, err := newListing(ctx, list, ruleColumns, source[access.Rule]{
		page:   func() (access.Page[access.Rule], error) { return a.svc.ListRules(ctx, caller, list, by) },
		count:  func() (int, error) { return a.svc.CountRules(ctx, caller, list, by) },
		export: func(fn func(access.Rule) error) error { return a.svc.ExportRules(ctx, caller, list, by, fn) },
	}, wireRule)
	if err != nil {
		return nil, err
	}
	l.wrap = func(rules []AccessRule) any {
		return AccessRules{TotalRecords: l.total, DisplayRecords: len(rules), AccessRules: rules}
	}
	return ruleListing{l}, nil
}

type ruleListing struct{ *listing[AccessRule] }

func (l ruleListing) VisitListAccessRulesResponse(http.ResponseWriter) error { return l.answer() }

func selectionOf(in ListAccessRulesParams) (access.RuleSelection, error) {
	by := access.RuleSelection{
		SubjectType: access.SubjectType(in.SubjectType), SubjectContains: in.SubjectIdFilter, Subjects: in.SubjectIds,
		IncludeDeleted: in.IncludeDeleted, ClusterID: in.ClusterId,
		ScopeType: access.ScopeType(in.ScopeType), ScopeID: in.ScopeId, RoleID: in.RoleId,
	}
	var err error
	by.UpdatedSince, err = moment("lastUpdated", in.LastUpdated)
	return by, err
}

// moment reads a time of the query; none is the zero time.
func moment(parameter, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	filter, err := access.ParseFilter(access.RuleSchema, "updatedAt", access.AtLeast, text)
	if err != nil {
		return time.Time{}, access.Invalid(parameter, "%s must be a time such as 2026-03-01T09:30:00Z.", parameter)
	}
	from, _, _ := filter.Period()
	return from, nil
}

func (a *api) CountAccessRules(ctx context.Context, r CountAccessRulesRequestObject) (CountAccessRulesResponseObject, error) {
	list, err := a.parseList(ctx, ruleSchema)
	if err != nil {
		return nil, err
	}
	n, err := a.svc.CountRules(ctx, callerOf(ctx), list, access.RuleSelection{IncludeDeleted: r.Params.IncludeDeleted})
	return CountAccessRules200JSONResponse{CountJSONResponse{Count: int64(n)}}, err
}

// GetAccessRule says besides where in the organisation the scope is.
func (a *api) GetAccessRule(ctx context.Context, r GetAccessRuleRequestObject) (GetAccessRuleResponseObject, error) {
	rule, err := a.svc.Rule(ctx, callerOf(ctx), r.AccessRuleId)
	if err != nil {
		return nil, err
	}
	wire := wireRule(rule)
	wire.ScopePath = strings.Join(rule.Scope.Names, "/")
	return single[AccessRule]{ctx, neverChanged, wire}, nil
}

// BatchAccessRules deletes several, or says whether it could.
func (a *api) BatchAccessRules(ctx context.Context, r BatchAccessRulesRequestObject) (BatchAccessRulesResponseObject, error) {
	outcomes, err := a.svc.BatchDeleteRules(ctx, callerOf(ctx), r.Body.Ids, r.Body.Action == ValidateDelete)
	if err != nil {
		return nil, err
	}
	result := BatchResult{Id: web.CallerOf(echoOf(ctx)).Origin.RequestID}
	for _, outcome := range outcomes {
		if outcome.Err == nil {
			result.Succeeded = append(result.Succeeded, outcome.Input)
			continue
		}
		code, message := told(ctx, outcome.Err)
		result.Failed = append(result.Failed, failedItem{Id: outcome.Input, Code: code, Message: message})
	}
	return BatchAccessRules200JSONResponse(result), nil
}

// BatchCreateAccessRules gives a role to every subject in every scope.
func (a *api) BatchCreateAccessRules(ctx context.Context, r BatchCreateAccessRulesRequestObject) (BatchCreateAccessRulesResponseObject, error) {
	in := r.Body.Payload
	if len(in.Subjects)*len(in.Scopes) > maxBatch {
		return nil, access.Invalid("payload", "%d subjects in %d scopes are more than %d access rules.", len(in.Subjects), len(in.Scopes), maxBatch)
	}
	var rules []access.NewRule
	for _, subject := range in.Subjects {
		for _, scope := range in.Scopes {
			rules = append(rules, newRule(NewAccessRule{
				SubjectId: subject.SubjectId, SubjectType: subject.SubjectType,
				ScopeId: scope.ScopeId, ScopeType: scope.ScopeType, RoleId: in.RoleId,
			}))
		}
	}
	outcomes, err := a.svc.BatchCreateRules(ctx, callerOf(ctx), rules)
	if err != nil {
		return nil, err
	}
	result := BatchCreateResult{Succeeded: []AccessRule{}, Failed: []FailedAccessRule{}}
	for _, outcome := range outcomes {
		if outcome.Err == nil {
			result.Succeeded = append(result.Succeeded, wireRule(outcome.Made))
			continue
		}
		code, message := told(ctx, outcome.Err)
		result.Failed = append(result.Failed, FailedAccessRule{Payload: wireNewRule(outcome.Input), Code: code, Message: message})
	}
	return BatchCreateAccessRules200JSONResponse(result), nil
}

const maxBatch = 1000

func wireNewRule(in access.NewRule) NewAccessRule {
	return NewAccessRule{
		SubjectId: in.Subject, SubjectType: string(in.SubjectType),
		ScopeId: in.ScopeID, ScopeType: string(in.ScopeType), RoleId: in.RoleID,
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
	if err := onlyVersion(r.Params.IfMatch); err != nil {
		return nil, err
	}
	_, err := a.svc.DeleteRule(ctx, callerOf(ctx), r.AccessRuleId)
	return DeleteAccessRule204Response{}, err
}

// ListMyAccessRules answers with the caller's own; everybody may read these.
func (a *api) ListMyAccessRules(ctx context.Context, r ListMyAccessRulesRequestObject) (ListMyAccessRulesResponseObject, error) {
	rules, err := a.matchingRules(ctx, r.Params.Search)
	if err != nil {
		return nil, err
	}
	list := access.List{Limit: cmp.Or(int(r.Params.Limit), defaultPage), Offset: int(r.Params.Offset)}
	l, err := newListing(ctx, list, myRuleColumns, fewInPages(rules, list), wireMyRule)
	if err != nil {
		return nil, err
	}
	l.wrap = func(shown []MyAccessRule) any {
		return nestedRules{MyAccessRules{TotalRecords: len(rules), DisplayRecords: len(shown), AccessRules: shown}}
	}
	return myRuleListing{l}, nil
}

// nestedRules is how the wire has the caller's own (api-contract.md 3.2).
type nestedRules struct {
	AccessRules MyAccessRules `json:"accessRules"`
}

var myRuleColumns = []string{"id", "subjectId", "subjectType", "roleId", "roleName", "scopeId", "scopeType", "scopeName", "clusterId", "tenantId"}

type myRuleListing struct{ *listing[MyAccessRule] }

func (l myRuleListing) VisitListMyAccessRulesResponse(http.ResponseWriter) error { return l.answer() }

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
