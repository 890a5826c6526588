package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// ScopeCount is how much goes with a node when it goes: the nodes below it,
// and the living rules and applications on all of these.
type ScopeCount struct{ Nodes, Rules, Applications int }

// ScopeContents is a count with the first of each, for those who may see them.
type ScopeContents struct {
	Scope Scope
	ScopeCount
	Nodes        []Scope
	Rules        []Rule
	Applications []Application
}

// ContentsShown is how many of each kind ScopeContents names.
const ContentsShown = 5

// ScopeContents is what hangs on a node that the caller may see, and on all
// below it.
func (s *Service) ScopeContents(ctx context.Context, c Caller, id string) (ScopeContents, error) {
	scope, err := visibleScope(ctx, s.repo, c, id)
	if err != nil {
		return ScopeContents{}, err
	}
	found := ScopeContents{Scope: scope}
	if found.ScopeCount, err = s.countWithin(ctx, s.repo, scope); err != nil {
		return ScopeContents{}, err
	}
	return found, s.nameContents(ctx, c, &found)
}

// nameContents adds the first few names.
func (s *Service) nameContents(ctx context.Context, c Caller, found *ScopeContents) error {
	within := []ScopePath{found.Scope.Path}
	// The node itself is one of those within it.
	nodes, err := s.repo.ListNodes(ctx, NodeQuery{List: List{Limit: ContentsShown + 1}.filled(ScopeSchema), Reach: within})
	if err != nil {
		return err
	}
	found.Nodes = slices.DeleteFunc(nodes.Rows, func(n Scope) bool { return n.ID == found.Scope.ID })
	found.Nodes = found.Nodes[:min(ContentsShown, len(found.Nodes))]
	if c.may(Read, AccessRules, found.Scope.Path) {
		rules, err := s.repo.ListRules(ctx, RuleQuery{List: List{Limit: ContentsShown}.filled(RuleSchema), Reach: within})
		if err != nil {
			return err
		}
		found.Rules = rules.Rows
	}
	if c.may(Read, Applications, found.Scope.Path) {
		page, err := s.repo.ListApplications(ctx, ApplicationQuery{List: List{Limit: ContentsShown}.filled(ApplicationSchema), Reach: within, Now: s.now()})
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			found.Applications = append(found.Applications, row.Application)
		}
	}
	return nil
}

func (s *Service) countWithin(ctx context.Context, r Reader, scope Scope) (n ScopeCount, err error) {
	within := []ScopePath{scope.Path}
	if n.Nodes, err = r.CountNodes(ctx, NodeQuery{List: List{}.filled(ScopeSchema), Reach: within}, 0); err != nil {
		return n, err
	}
	n.Nodes-- // itself
	if n.Rules, err = r.CountRules(ctx, RuleQuery{List: List{}.filled(RuleSchema), Reach: within}, 0); err != nil {
		return n, err
	}
	n.Applications, err = r.CountApplications(ctx, ApplicationQuery{List: List{}.filled(ApplicationSchema), Reach: within, Now: s.now()}, 0)
	return n, err
}

// ScopeDeletion is the input of DeleteScopeWith.
type ScopeDeletion struct {
	ID      string
	Version int64 // if not 0, the one that the caller read
	// Rules and Nodes say that the access rules go with it, and the nodes below.
	Rules, Nodes bool
	// Seen, if not nil, is what the caller was told would go. If it is another
	// by now, nothing happens and the error is ErrStale.
	Seen *ScopeCount
}

// DeleteScopeWith takes a node away together with what hangs on it, as far as
// that was asked for explicitly. It needs the permission for every node and
// every rule; applications that are managed there hold it, since nothing else
// may delete those. Each thing that goes has its own event.
func (s *Service) DeleteScopeWith(ctx context.Context, c Caller, in ScopeDeletion) (Scope, error) {
	return s.changeScope(ctx, c, in.ID, Delete, EventDelete, func(ctx context.Context, tx Tx, scope Scope, e *Event) (Scope, error) {
		if err := sameVersion(string(scope.Type), scope.ID, in.Version, scope.Version()); err != nil {
			return Scope{}, err
		}
		n, err := s.countWithin(ctx, tx, scope)
		if err != nil {
			return Scope{}, err
		}
		if in.Seen != nil && *in.Seen != n {
			return Scope{}, fmt.Errorf("what hangs on %s is %+v, not %+v: %w", scope.ID, n, *in.Seen, ErrStale)
		}
		if err := in.allows(scope, n); err != nil {
			return Scope{}, err
		}
		if err := s.deleteWithin(ctx, tx, c, scope); err != nil {
			return Scope{}, err
		}
		scope.DeletedAt = s.now()
		e.Metadata["rules"], e.Metadata["nodes"] = fmt.Sprint(n.Rules), fmt.Sprint(n.Nodes)
		return scope, tx.DeleteScope(ctx, scope.ID, scope.DeletedAt)
	})
}

// allows is nil if all that would go was asked for.
func (in ScopeDeletion) allows(scope Scope, n ScopeCount) error {
	var held []string
	if n.Nodes > 0 && !in.Nodes {
		held = append(held, counted(n.Nodes, "place below it", "places below it"))
	}
	if n.Rules > 0 && !in.Rules {
		held = append(held, counted(n.Rules, "access rule", "access rules"))
	}
	if len(held) > 0 {
		return &ConflictError{Message: fmt.Sprintf("%s still has %s. Say that they go with it, or delete them first.", scope.Name, strings.Join(held, " and "))}
	}
	if n.Applications > 0 {
		return stillManages(scope, n.Applications)
	}
	return nil
}

func stillManages(scope Scope, n int) error {
	where := scope.Name
	if scope.Type != ScopeProject {
		where += " or below it"
	}
	them := pick(n, "it", "them")
	return &ConflictError{Message: fmt.Sprintf("%s in %s. Move %s somewhere else, or delete %s, first: an application never goes with a place.",
		counted(n, "application is managed", "applications are managed"), where, them, them)}
}

// deleteWithin takes away the rules of a node and of all below it, then the
// nodes below, the deepest first.
func (s *Service) deleteWithin(ctx context.Context, tx Tx, c Caller, scope Scope) error {
	within := []ScopePath{scope.Path}
	var rules []Rule
	err := tx.EachRule(ctx, RuleQuery{List: List{}.filled(RuleSchema), Reach: within}, func(rule Rule) error {
		rules = append(rules, rule)
		return nil
	})
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if err := s.deleteRuleWithScope(ctx, tx, c, rule); err != nil {
			return err
		}
	}
	var nodes []Scope
	err = tx.EachNode(ctx, NodeQuery{List: List{}.filled(ScopeSchema), Reach: within}, func(node Scope) error {
		if node.ID != scope.ID {
			nodes = append(nodes, node)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(nodes, func(a, b Scope) int { return cmp.Compare(b.Path.depth(), a.Path.depth()) })
	for _, node := range nodes {
		if err := c.require(ctx, tx, Delete, resourceOf(node.Type), node.Path); err != nil {
			return err
		}
		if err := s.deleteNode(ctx, tx, c, node); err != nil {
			return err
		}
	}
	return nil
}

// deleteRuleWithScope is DeleteRule within a transaction, with its event. What
// the caller may not see of a rule is told as a permission that they lack.
func (s *Service) deleteRuleWithScope(ctx context.Context, tx Tx, c Caller, rule Rule) error {
	if err := c.require(ctx, tx, Delete, AccessRules, rule.Scope.Path); err != nil {
		return err
	}
	e := Event{Action: EventDelete, EntityType: ruleEntity}
	if _, err := s.removeRule(ctx, tx, c, rule.ID, &e); err != nil {
		return err
	}
	return s.record(ctx, tx, c, e)
}

// deleteNode takes a node away on which nothing hangs any more, with its event.
func (s *Service) deleteNode(ctx context.Context, tx Tx, c Caller, node Scope) error {
	if err := tx.DeleteScope(ctx, node.ID, s.now()); err != nil {
		return err
	}
	return s.record(ctx, tx, c, scopeEvent(EventDelete, node))
}

// scopeEvent tells of a node.
func scopeEvent(a EventAction, node Scope) Event {
	return Event{
		Action: a, EntityType: string(node.Type), EntityID: node.ID, EntityName: node.Name,
		Metadata: map[string]string{"scope": node.NamePath()},
	}
}

// counted is such as "1 access rule" and "3 access rules".
func counted(n int, one, many string) string { return fmt.Sprintf("%d %s", n, pick(n, one, many)) }

func pick(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
