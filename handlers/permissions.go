package handlers

import (
	"slices"

	"latchkey/access"
	"latchkey/views"
)

// groupOrder is how the console lists the groups of permissions.
var groupOrder = [...]access.ResourceGroup{
	access.IAMGroup,
	access.OrganizationGroup,
	access.PhysicalGroup,
	access.WorkloadGroup,
	access.WorkloadAssetGroup,
	access.DashboardGroup,
}

// permissionGroups is what permissions look like to people: under headings,
// and what may be done alike in one line. Types that share a name on the screen
// are one there.
func permissionGroups(permissions []access.Permission) []views.PermissionGroup {
	var groups []views.PermissionGroup
	for _, group := range groupOrder {
		if lines := permissionLines(permissions, group); len(lines) > 0 {
			groups = append(groups, views.PermissionGroup{Name: group.DisplayName(), Lines: lines})
		}
	}
	return groups
}

func permissionLines(permissions []access.Permission, group access.ResourceGroup) []views.PermissionLine {
	var lines []views.PermissionLine
	for _, p := range permissions {
		if p.Resource.Group() != group || p.Actions == 0 {
			continue
		}
		line := views.PermissionLine{
			Actions:  p.Actions.String(),
			Grants:   grantsAccess(p),
			Destroys: p.Actions.Has(access.Delete),
		}
		alike := func(other views.PermissionLine) bool {
			return other.Actions == line.Actions && other.Grants == line.Grants
		}
		at := slices.IndexFunc(lines, alike)
		if at < 0 {
			at, lines = len(lines), append(lines, line)
		}
		if name := p.Resource.DisplayName(); !slices.Contains(lines[at].Resources, name) {
			lines[at].Resources = append(lines[at].Resources, name)
		}
	}
	for _, line := range lines {
		slices.Sort(line.Resources)
	}
	// The fewer letters, the fewer actions: what changes most stands first.
	slices.SortStableFunc(lines, func(a, b views.PermissionLine) int { return len(b.Actions) - len(a.Actions) })
	return lines
}

// grantsAccess marks the permissions by which their holder can give access to
// others, or to another identity of their own.
func grantsAccess(p access.Permission) bool {
	switch p.Resource {
	case access.AccessRules, access.Roles, access.Users, access.Applications, access.ServiceAccounts, access.AccessKeys:
		return p.Actions.Has(access.Create) || p.Actions.Has(access.Update)
	default:
		return false
	}
}

func rolePreviewOf(role access.Role) *views.RolePreview {
	return &views.RolePreview{
		RoleID:      role.ID,
		Role:        role.Name,
		Description: role.Description,
		Groups:      permissionGroups(role.Permissions()),
	}
}

// ruleLines are the rules as the dialog lists them: in the order in which they
// were made, each with what makes it superfluous.
func ruleLines(rules []access.Rule, caller access.Caller) []views.RuleLine {
	lines := make([]views.RuleLine, len(rules))
	for i, rule := range rules {
		lines[i] = views.RuleLine{
			Rule:      rule,
			Last:      len(rules) == 1,
			MayDelete: access.Decide(caller.Grants, access.Delete, access.AccessRules, rule.Scope.Path).Allowed,
		}
		if covering, ok := access.CoveringRule(rule, rules); ok {
			lines[i].CoveredBy = views.RuleTitle(covering)
		}
	}
	return lines
}

// effectiveAccess sums up what the rules amount to, place by place. A place
// whose rules are all covered by others is no place of its own.
func effectiveAccess(rules []access.Rule) []views.EffectiveScope {
	var summary []views.EffectiveScope
	for _, at := range access.EffectiveAccess(rules) {
		counts := func(r access.EffectiveRule) bool { return r.CoveredBy == nil }
		if !slices.ContainsFunc(at.Rules, counts) {
			continue
		}
		summary = append(summary, views.EffectiveScope{
			Scope:  at.Scope,
			Groups: permissionGroups(at.Permissions),
		})
	}
	return summary
}
