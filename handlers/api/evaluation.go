package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// The policy decision point of the OpenID AuthZEN Authorization API 1.0: other
// services ask whether an application or a user may do something, and are told
// which access rule decided. Sections are those of its specification.

const (
	evaluationPath  = "/access/v1/evaluation"
	evaluationsPath = "/access/v1/evaluations"
)

// evaluationRequest is one question (section 6.1). Keys that are not here mean
// nothing, and the context of a question has no bearing on access rules.
type evaluationRequest struct {
	Subject  *evaluationEntity `json:"subject"`
	Resource *evaluationEntity `json:"resource"`
	Action   *struct {
		Name string `json:"name"`
	} `json:"action"`
}

type evaluationEntity struct {
	Type       string                     `json:"type"`
	ID         string                     `json:"id"`
	Properties map[string]json.RawMessage `json:"properties"`
}

// decision is the answer to one question (section 5.5).
type decision struct {
	Decision bool            `json:"decision"`
	Context  decisionContext `json:"context"`
}

type decisionContext struct {
	ReasonAdmin map[string]string `json:"reason_admin,omitempty"`
	ReasonUser  map[string]string `json:"reason_user,omitempty"`
	Rule        *decidingRule     `json:"rule,omitempty"`
	Error       *decisionError    `json:"error,omitempty"`
}

// decidingRule is the access rule that allows it.
type decidingRule struct {
	ID        int32            `json:"id"`
	RoleID    int32            `json:"roleId"`
	RoleName  string           `json:"roleName"`
	ScopeID   string           `json:"scopeId"`
	ScopeType access.ScopeType `json:"scopeType"`
	ScopeName string           `json:"scopeName"`
}

// decisionError is why a question could not be answered; the decision is then no.
type decisionError struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// evaluate answers one question. No is an answer, with 200; a question that lacks
// something is a 400, and one about a subject that the caller may not read a 403.
func (a *api) evaluate(c echo.Context) error {
	var in json.RawMessage
	if err := readJSON(c, &in); err != nil {
		return err
	}
	return a.evaluateOne(c, in)
}

func (a *api) evaluateOne(c echo.Context, in json.RawMessage) error {
	question, err := checkOf(in)
	if err != nil {
		return err
	}
	answered, err := a.decide(c.Request().Context(), web.CallerOf(c), question)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, answered)
}

// evaluationsRequest is several questions (section 7.1).
type evaluationsRequest struct {
	Evaluations []map[string]json.RawMessage `json:"evaluations"`
	Options     struct {
		Semantic string `json:"evaluations_semantic"`
	} `json:"options"`
}

// What evaluations_semantic can be (section 7.1.2.1); each ends with the decision
// that it is waiting for, the first with none.
var semanticEnds = map[string]*bool{
	"": nil, "execute_all": nil, "deny_on_first_deny": new(bool), "permit_on_first_permit": pointer(true),
}

func pointer[T any](v T) *T { return &v }

// evaluateAll answers several questions in their order. One that cannot be
// answered is a no that says why, and the others are answered all the same.
// Without any it is evaluate.
func (a *api) evaluateAll(c echo.Context) error {
	var whole json.RawMessage
	if err := readJSON(c, &whole); err != nil {
		return err
	}
	var in evaluationsRequest
	defaults := map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal(whole, &in), json.Unmarshal(whole, &defaults)); err != nil {
		return badRequest(notJSON, err)
	}
	end, known := semanticEnds[in.Options.Semantic]
	if !known {
		return access.Invalid("options.evaluations_semantic", "options.evaluations_semantic must be one of execute_all, deny_on_first_deny, permit_on_first_permit.")
	}
	if len(in.Evaluations) == 0 {
		return a.evaluateOne(c, whole)
	}
	answered := make([]decision, 0, len(in.Evaluations))
	for _, question := range in.Evaluations {
		one, err := a.evaluateWith(c, question, defaults)
		if err != nil {
			return err
		}
		answered = append(answered, one)
		if end != nil && one.Decision == *end {
			break
		}
	}
	return answer(c, http.StatusOK, map[string]any{"evaluations": answered})
}

// evaluateWith answers one of several, which has from the whole request what it
// lacks itself. The error is for trouble of ours.
func (a *api) evaluateWith(c echo.Context, question, defaults map[string]json.RawMessage) (decision, error) {
	full := map[string]json.RawMessage{}
	for _, key := range [...]string{"subject", "action", "resource"} {
		full[key] = question[key]
		if full[key] == nil {
			full[key] = defaults[key]
		}
	}
	text, err := json.Marshal(full)
	if err != nil {
		return decision{}, err
	}
	check, err := checkOf(text)
	if err == nil {
		var answered decision
		if answered, err = a.decide(c.Request().Context(), web.CallerOf(c), check); err == nil {
			return answered, nil
		}
	}
	if status := web.StatusOf(err); status >= http.StatusInternalServerError {
		return decision{}, err
	}
	status, message := told(c.Request().Context(), err)
	return unanswered(status, message), nil
}

func unanswered(status int, message string) decision {
	return decision{Context: decisionContext{Error: &decisionError{Status: status, Message: message}}}
}

// incomplete says what a question needs; it repeats nothing of the one that came.
const incomplete = "A question has a subject and a resource with a type and an id, and an action with a name, all of them text. " +
	"A scope among the properties of the resource is text, too."

// checkOf reads a question. What it lacks is an *access.InvalidError.
func checkOf(text json.RawMessage) (access.NewCheck, error) {
	var in evaluationRequest
	err := json.Unmarshal(text, &in)
	if err != nil || in.Subject == nil || in.Resource == nil || in.Action == nil || in.Action.Name == "" || !in.Subject.complete() || !in.Resource.complete() {
		return access.NewCheck{}, access.Invalid(bodyField, incomplete)
	}
	scope, err := in.Resource.scope()
	if err != nil {
		return access.NewCheck{}, access.Invalid(bodyField, incomplete)
	}
	return access.NewCheck{
		SubjectType: subjectTypes[in.Subject.Type], Subject: in.Subject.ID,
		Action: access.Action(in.Action.Name), Resource: access.ResourceType(in.Resource.Type), ScopeID: scope,
	}, nil
}

func (e *evaluationEntity) complete() bool { return e.Type != "" && e.ID != "" }

// subjectTypes are the words for what may ask: ours, and those of the API.
var subjectTypes = map[string]access.SubjectType{
	"user": access.SubjectUser, "application": access.SubjectApplication,
	string(access.SubjectApplication): access.SubjectApplication, string(access.ServiceAccounts): access.SubjectApplication,
}

// scope is where the resource lies: where its properties say, or the resource
// itself if it is a node of the organisation, or else anywhere in it.
func (e *evaluationEntity) scope() (scope string, err error) {
	if given, ok := e.Properties["scope"]; ok {
		err = json.Unmarshal(given, &scope)
		if err == nil && scope == "" {
			err = errors.New("an empty scope")
		}
		return scope, err
	}
	switch access.ResourceType(e.Type) {
	case access.Clusters, access.Departments, access.Projects:
		return e.ID, nil
	}
	return access.TenantNodeID, nil
}

// decide asks. What does not exist is a no; where the caller may not know whether
// a subject exists, it is ErrForbidden.
func (a *api) decide(ctx context.Context, c access.Caller, question access.NewCheck) (decision, error) {
	checked, err := a.svc.Evaluate(ctx, c, question)
	var invalid *access.InvalidError
	switch {
	case errors.As(err, &invalid):
		return unanswered(http.StatusBadRequest, invalid.Error()), nil
	case errors.Is(err, access.ErrNotFound):
		return unanswered(http.StatusNotFound, "There is no such subject or scope, or not where the caller can see it."), nil
	case err != nil:
		return decision{}, err
	}
	return decisionOf(question, checked), nil
}

func decisionOf(question access.NewCheck, checked access.CheckedAccess) decision {
	what := fmt.Sprintf("%s %s in %s", question.Action, question.Resource.DisplayName(), checked.Scope.NamePath())
	if checked.Allowed {
		by := checked.By[0]
		return decision{Decision: true, Context: decisionContext{
			ReasonAdmin: english(fmt.Sprintf("Access rule %d lets %s %s: %s in %s.", by.ID, checked.Subject.Name, what, by.RoleName, by.Scope.NamePath())),
			Rule: &decidingRule{
				ID: by.ID, RoleID: by.RoleID, RoleName: by.RoleName,
				ScopeID: by.Scope.ID, ScopeType: by.Scope.Type, ScopeName: by.Scope.NamePath(),
			},
		}}
	}
	reason := fmt.Sprintf("No access rule lets %s %s.", checked.Subject.Name, what)
	if checked.Hindrance != access.NotHindered {
		reason = fmt.Sprintf("%s may do nothing: %s.", checked.Subject.Name, checked.Hindrance)
	}
	return decision{Context: decisionContext{ReasonAdmin: english(reason), ReasonUser: english("This is not allowed. Ask an administrator for access.")}}
}

// english is a reason in the one language that we have.
func english(sentence string) map[string]string { return map[string]string{"en": sentence} }

// evaluationMetadata says where the endpoints are (section 9.1).
type evaluationMetadata struct {
	PolicyDecisionPoint string `json:"policy_decision_point"`
	Evaluation          string `json:"access_evaluation_endpoint"`
	Evaluations         string `json:"access_evaluations_endpoint"`
}

func (a *api) evaluationMetadata() echo.HandlerFunc {
	return published(evaluationMetadata{
		PolicyDecisionPoint: a.cfg.PublicURL,
		Evaluation:          a.cfg.PublicURL + evaluationPath,
		Evaluations:         a.cfg.PublicURL + evaluationsPath,
	})
}
