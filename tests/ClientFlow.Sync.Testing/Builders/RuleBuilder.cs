using ClientFlow.Sync.Core.Handoffs;

namespace ClientFlow.Sync.Testing.Builders;

/// <summary>Changes a rule before it is used. Each call gives a new builder.</summary>
public sealed record RuleBuilder(HandoffRule Rule)
{
    public static implicit operator HandoffRule(RuleBuilder builder) => builder.Rule;

    public HandoffRule Build() => Rule;

    public RuleBuilder With(Func<HandoffRule, HandoffRule> change) => new(change(Rule));

    public RuleBuilder When(Condition when) => With(r => r with { When = when });

    public RuleBuilder Approved() => With(r => r with { Approve = true });

    public RuleBuilder LimitedTo(int limit) => With(r => r with { Limit = limit });

    /// <summary>The invoice's lines, instead of one for what remains.</summary>
    public RuleBuilder Lines(params (string Text, AmountExpression Amount)[] lines) => With(r => r with
    {
        Create = (InvoiceBlueprint)r.Create with { Lines = [.. lines.Select(l => new InvoiceLineBlueprint(A.Text(l.Text), l.Amount))] },
    });

    public RuleBuilder Reminder(Func<ReminderBlueprint, ReminderBlueprint> change) => With(r => r with { Create = change((ReminderBlueprint)r.Create) });

    public RuleBuilder Project(Func<ProjectBlueprint, ProjectBlueprint> change) => With(r => r with { Create = change((ProjectBlueprint)r.Create) });
}
