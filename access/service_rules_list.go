package access

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/google/uuid"
)

// MaxAtOnce is how many things a query or a batch names at most: what a person
// can wait for.
const MaxAtOnce = 1000

// ListRules is one page of the access rules that the caller may read: those
// whose scope lies where they may read access rules, those of applications that
// they may read, and always their own. Nobody is refused.
func (s *Service) ListRules(ctx context.Context, c Caller, l List, by RuleSelection) (Page[Rule], error) {
	q, err := ruleQuery(c, l, by)
	if err != nil {
		return Page[Rule]{}, err
	}
	return s.repo.ListRules(ctx, q)
}

// CountRules counts, exactly, what ListRules would show.
func (s *Service) CountRules(ctx context.Context, c Caller, l List, by RuleSelection) (int, error) {
	q, err := ruleQuery(c, l, by)
	if err != nil {
		return 0, err
	}
	return s.repo.CountRules(ctx, q, 0)
}

// CountRulesOnScreen counts them up to CountCap.
func (s *Service) CountRulesOnScreen(ctx context.Context, c Caller, l List, by RuleSelection) (Count, error) {
	q, err := ruleQuery(c, l, by)
	if err != nil {
		return Count{}, err
	}
	return capped(s.repo.CountRules(ctx, q, CountCap))
}

// ExportRules streams every match to fn in order, in constant memory, and
// records that as ExportApplications does.
func (s *Service) ExportRules(ctx context.Context, c Caller, l List, by RuleSelection, fn func(Rule) error) error {
	q, err := ruleQuery(c, l, by)
	if err != nil {
		return err
	}
	if err := s.recordExport(ctx, c, ruleEntity, "CSV", l); err != nil {
		return err
	}
	return s.repo.EachRule(ctx, q, fn)
}

// ruleQuery adds to a list what the caller may see.
func ruleQuery(c Caller, l List, by RuleSelection) (RuleQuery, error) {
	if by.SubjectType == SubjectType(ServiceAccounts) {
		by.SubjectType = SubjectApplication
	}
	if len(by.Subjects) > MaxAtOnce {
		return RuleQuery{}, Invalid("subjectIds", "%d subjects are named; %d are the most.", len(by.Subjects), MaxAtOnce)
	}
	return RuleQuery{
		List: l.filled(RuleSchema), RuleSelection: by,
		Reach: c.reach(Read, AccessRules), Applications: c.reach(Read, Applications), Self: c.Subject,
	}, nil
}

// filled is the list with the defaults of its schema.
func (l List) filled(s *Schema) List {
	if l.Limit <= 0 {
		l.Limit = DefaultLimit
	}
	if l.Sort.Field == "" {
		l.Sort = s.DefaultSort
	}
	return l
}

// recordExport tells of a download before its first row leaves, since one that
// breaks off has told much as well.
func (s *Service) recordExport(ctx context.Context, c Caller, entityType, format string, l List) error {
	e := Event{Action: EventExport, EntityType: entityType, Metadata: map[string]string{
		"format":  format,
		"filters": strconv.Itoa(len(l.Filters)),
	}}
	if err := s.change(ctx, c, e, func(context.Context, Tx, *Event) error { return nil }); err != nil {
		return fmt.Errorf("record the export: %w", err)
	}
	return nil
}

// Rule finds one by id. What the caller may not read is ErrNotFound.
func (s *Service) Rule(ctx context.Context, c Caller, id int32) (Rule, error) {
	return visibleRule(ctx, s.repo, c, id)
}

// BatchDeleteRules deletes each as DeleteRule does; the ids are those of rules,
// as text. validateOnly says of each whether it could be deleted, and deletes
// none. The error is for a batch that cannot be acted on at all.
func (s *Service) BatchDeleteRules(ctx context.Context, c Caller, ids []string, validateOnly bool) ([]Outcome[string, Rule], error) {
	ids = eachOnce(ids)
	if err := checkBatch("ids", len(ids)); err != nil {
		return nil, err
	}
	if validateOnly {
		return s.validateDeletes(ctx, c, ids)
	}
	e := Event{Action: EventDelete, EntityType: ruleEntity}
	return severally(ctx, s, c, ids, e, func(ctx context.Context, tx Tx, text string, e *Event) (Rule, error) {
		e.EntityID = text
		return s.removeRuleNamed(ctx, tx, c, text, e)
	}), nil
}

// removeRuleNamed is removeRule for an id as text.
func (s *Service) removeRuleNamed(ctx context.Context, tx Tx, c Caller, text string, e *Event) (Rule, error) {
	id, err := parseRuleID(text)
	if err != nil {
		return Rule{}, err
	}
	return s.removeRule(ctx, tx, c, id, e)
}

func checkBatch(field string, n int) error {
	switch {
	case n == 0:
		return Invalid(field, "Name at least one.")
	case n > MaxAtOnce:
		return Invalid(field, "%d are named; %d are the most at once.", n, MaxAtOnce)
	}
	return nil
}

// parseRuleID reads an id as the wire spells it. What is no number is the id of
// no rule.
func parseRuleID(text string) (int32, error) {
	id, err := strconv.ParseInt(text, 10, 32)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("access rule %s: %w", quote(text), ErrNotFound)
	}
	return int32(id), nil
}

// packRuleID makes bytes of it that sort as the numbers do.
func packRuleID(text string) (packed uuid.UUID, err error) {
	id, err := parseRuleID(text)
	binary.BigEndian.PutUint32(packed[:], uint32(id))
	return packed, err
}

func unpackRuleID(packed uuid.UUID) string {
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(packed[:])), 10)
}

func (s *Service) validateDeletes(ctx context.Context, c Caller, ids []string) ([]Outcome[string, Rule], error) {
	outcomes := make([]Outcome[string, Rule], len(ids))
	for i, text := range ids {
		var e Event
		id, err := parseRuleID(text)
		var rule Rule
		if err == nil {
			rule, err = mayDeleteRule(ctx, s.repo, c, id, &e)
		}
		if err != nil && !isRefusal(err) {
			return nil, err
		}
		outcomes[i] = Outcome[string, Rule]{Input: text, Made: rule, Name: e.EntityName, Err: err}
	}
	return outcomes, nil
}

// BatchCreateRules creates each as CreateRule does.
func (s *Service) BatchCreateRules(ctx context.Context, c Caller, rules []NewRule) ([]Outcome[NewRule, Rule], error) {
	rules = eachOnce(rules)
	if err := checkBatch("payload", len(rules)); err != nil {
		return nil, err
	}
	e := Event{Action: EventCreate, EntityType: ruleEntity}
	return severally(ctx, s, c, rules, e, func(ctx context.Context, tx Tx, in NewRule, e *Event) (Rule, error) {
		return s.makeRule(ctx, tx, c, in, e)
	}), nil
}
