package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RoleRow is one line of the list of roles.
type RoleRow struct {
	Role
	// PermissionCount is on how many resource types it allows anything.
	PermissionCount int
	// Holders are the subjects that have it, as far as the caller may see.
	Holders int
}

// RoleSchema is what roles can be filtered and sorted by.
var RoleSchema = &Schema{
	Fields: []Field{
		{Name: "name", Label: "Role"},
		{Name: "description", Label: "Description"},
		{Name: "permissions", Label: "Permissions", Kind: NumberField}, // on how many resource types
		{Name: "holders", Label: "Held by", Kind: NumberField},         // how many subjects
		{Name: "createdBy", Label: "Created by"},
		{Name: "id", Label: "Role ID", Kind: NumberField},
	},
	DefaultSort: Sort{Field: "name"},
}

const roleEntity = "role"

// RolesMadeBy is who made the predefined roles.
const RolesMadeBy = "System"

// ListRoles are the roles with who holds them. It needs the permission to read
// roles somewhere. There are few of them, so a page is cut by offset alone.
func (s *Service) ListRoles(ctx context.Context, c Caller, l List) (Page[RoleRow], error) {
	rows, err := s.matchingRoles(ctx, c, l)
	if err != nil {
		return Page[RoleRow]{}, err
	}
	l = l.filled(RoleSchema)
	start := min(l.Offset, len(rows))
	return Page[RoleRow]{Rows: rows[start:min(start+l.Limit, len(rows))]}, nil
}

// CountRoles counts what ListRoles would show.
func (s *Service) CountRoles(ctx context.Context, c Caller, l List) (int, error) {
	rows, err := s.matchingRoles(ctx, c, l)
	return len(rows), err
}

// ExportRoles gives every match to fn in order, and records that.
func (s *Service) ExportRoles(ctx context.Context, c Caller, l List, fn func(RoleRow) error) error {
	rows, err := s.matchingRoles(ctx, c, l)
	if err != nil {
		return err
	}
	if err := s.recordExport(ctx, c, roleEntity, "CSV", l); err != nil {
		return err
	}
	for _, row := range rows {
		if err := fn(row); err != nil {
			return err
		}
	}
	return nil
}

// Role finds one by id, with who holds it.
func (s *Service) Role(ctx context.Context, c Caller, id int32) (RoleRow, error) {
	rows, err := s.matchingRoles(ctx, c, List{})
	if err != nil {
		return RoleRow{}, err
	}
	for _, row := range rows {
		if row.ID == id {
			return row, nil
		}
	}
	return RoleRow{}, fmt.Errorf("role %d: %w", id, ErrNotFound)
}

func (s *Service) matchingRoles(ctx context.Context, c Caller, l List) ([]RoleRow, error) {
	if len(c.reach(Read, Roles)) == 0 {
		if err := c.require(ctx, s.repo, Read, Roles, TenantPath); err != nil {
			return nil, err
		}
	}
	q, err := ruleQuery(c, List{}, RuleSelection{})
	if err != nil {
		return nil, err
	}
	holders, err := s.repo.RoleHolders(ctx, q)
	if err != nil {
		return nil, err
	}
	var rows []RoleRow
	for _, role := range PredefinedRoles() {
		row := RoleRow{Role: role, PermissionCount: len(role.Permissions()), Holders: holders[role.ID]}
		if row.matches(l) {
			rows = append(rows, row)
		}
	}
	l = l.filled(RoleSchema)
	slices.SortFunc(rows, func(a, b RoleRow) int {
		order := cmp.Or(a.compare(b, l.Sort.Field), cmp.Compare(a.ID, b.ID))
		if l.Sort.Descending {
			return -order
		}
		return order
	})
	return rows, nil
}

// text is a field of the row as filters compare it.
func (r RoleRow) text(field string) string {
	switch field {
	case "name":
		return r.Name
	case "description":
		return r.Description
	case "createdBy":
		return RolesMadeBy
	default:
		return strconv.FormatInt(r.number(field), 10)
	}
}

func (r RoleRow) number(field string) int64 {
	switch field {
	case "permissions":
		return int64(r.PermissionCount)
	case "holders":
		return int64(r.Holders)
	default:
		return int64(r.ID)
	}
}

func (r RoleRow) compare(other RoleRow, field string) int {
	if known, _ := RoleSchema.Field(field); known.Kind == NumberField {
		return cmp.Compare(r.number(field), other.number(field))
	}
	return cmp.Compare(r.text(field), other.text(field))
}

// matches is what the store does for other lists: roles are data of the program.
func (r RoleRow) matches(l List) bool {
	searched := Fold(r.Name + "\n" + r.Description)
	if !strings.Contains(searched, Fold(l.Search)) {
		return false
	}
	for _, f := range l.Filters {
		if !r.meets(f) {
			return false
		}
	}
	return true
}

func (r RoleRow) meets(f Filter) bool {
	if known, _ := RoleSchema.Field(f.Field); known.Kind == NumberField {
		return compares(f.Op, cmp.Compare(r.number(f.Field), f.Number()))
	}
	text, value := Fold(r.text(f.Field)), Fold(f.Value)
	switch f.Op {
	case Contains:
		return strings.Contains(text, value)
	case NotContains:
		return !strings.Contains(text, value)
	case StartsWith:
		return strings.HasPrefix(text, value)
	case EndsWith:
		return strings.HasSuffix(text, value)
	default:
		return compares(f.Op, cmp.Compare(r.text(f.Field), f.Value))
	}
}

// compares reports whether an operator holds of what cmp.Compare answered.
func compares(op Operator, order int) bool {
	switch op {
	case Equal:
		return order == 0
	case NotEqual:
		return order != 0
	case AtMost:
		return order <= 0
	case AtLeast:
		return order >= 0
	default:
		return false
	}
}
