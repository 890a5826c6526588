package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// myRule is one of the caller's own access rules (api-contract.md 3.2).
type myRule struct {
	ID          int32  `json:"id"`
	SubjectID   string `json:"subjectId"`
	SubjectType string `json:"subjectType"`
	RoleID      int32  `json:"roleId"`
	RoleName    string `json:"roleName"`
	ScopeID     string `json:"scopeId"`
	ScopeType   string `json:"scopeType"`
	ScopeName   string `json:"scopeName"`
	ClusterID   string `json:"clusterId,omitempty"`
	TenantID    int    `json:"tenantId"`
}

func wireMyRule(r access.Rule) myRule {
	return myRule{
		ID:          r.ID,
		SubjectID:   r.Subject.Name,
		SubjectType: string(r.Subject.Type),
		RoleID:      r.RoleID,
		RoleName:    r.RoleName,
		ScopeID:     r.Scope.ID,
		ScopeType:   string(r.Scope.Type),
		ScopeName:   r.Scope.Name,
		ClusterID:   clusterOf(r.Scope),
		TenantID:    access.TenantID,
	}
}

// clusterOf is the cluster that a scope is or lies in; empty for the tenant.
func clusterOf(s access.Scope) string {
	if ids := s.Path.IDs(); len(ids) > 1 {
		return ids[1]
	}
	return ""
}

// myRules and myRulesBody nest twice; the wire has it so.
type myRulesBody struct {
	AccessRules myRules `json:"accessRules"`
}

type myRules struct {
	Total     int      `json:"totalRecords"`
	Displayed int      `json:"displayRecords"`
	Rules     []myRule `json:"accessRules"`
}

// myRules answers with the caller's own access rules; everybody may read these.
func (a *api) myRules(c echo.Context) error {
	limit, offset, err := paging(c.QueryParams())
	if err != nil {
		return err
	}
	rules, err := a.matchingRules(c)
	if err != nil {
		return err
	}
	shown := rules[min(offset, len(rules)):]
	shown = shown[:min(limit, len(shown))]
	body := myRules{Total: len(rules), Displayed: len(shown), Rules: make([]myRule, len(shown))}
	for i, rule := range shown {
		body.Rules[i] = wireMyRule(rule)
	}
	return answer(c, http.StatusOK, myRulesBody{AccessRules: body})
}

// countMyRules answers with how many they are.
func (a *api) countMyRules(c echo.Context) error {
	rules, err := a.matchingRules(c)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, map[string]int{"count": len(rules)})
}

// matchingRules are the caller's rules whose role or scope contains the search.
func (a *api) matchingRules(c echo.Context) ([]access.Rule, error) {
	rules, err := a.svc.MyRules(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return nil, err
	}
	search := strings.ToLower(c.QueryParam("search"))
	if search == "" {
		return rules, nil
	}
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

func paging(q url.Values) (limit, offset int, err error) {
	if limit, err = number(q, "limit", 1, maxPage, defaultPage); err != nil {
		return 0, 0, err
	}
	offset, err = number(q, "offset", 0, 1<<31-1, 0)
	return limit, offset, err
}

// number reads a parameter; an empty one counts as absent.
func number(q url.Values, name string, least, most, absent int) (int, error) {
	value := q.Get(name)
	if value == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, badRequest(fmt.Sprintf("%s must be a number from %d to %d.", name, least, most), err)
	}
	return n, nil
}
