using System.Text;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

public sealed class KeysTests
{
    /// <summary>Keys stand in clients' tools and in old databases. A difference here is a duplicate there: never approve one.</summary>
    [Fact]
    public void Keys_are_what_they_were_in_every_earlier_version()
    {
        var text = new StringBuilder();
        foreach (var key in new[]
        {
            new HandoffKey("won-deal-to-project", new RecordRef("hubspot", "62515", RecordKind.Deal, "678"), "once"),
            new HandoffKey("won-deal-to-project", new RecordRef("hubspot", "62515", RecordKind.Deal, "679"), "once"),
            new HandoffKey("closed-project-to-invoice", new RecordRef("asana", "1200", RecordKind.Project, "1201"), "once"),
            new HandoffKey("renewal-reminder", new RecordRef("asana", "1200", RecordKind.Project, "1201"), "once"),
            new HandoffKey("retainer", new RecordRef("hubspot", "62515", RecordKind.Deal, "678"), "2027-Q1"),
            new HandoffKey("retainer", new RecordRef("odd:product", "100%", RecordKind.Invoice, "é|🙂"), "2027-Q2"),
        })
        {
            text.Append(key.Rule).Append(' ').Append(key.Subject).Append(' ').Append(key.Occurrence).Append(" = ").Append(key.Id).Append('\n');
            foreach (var action in new[] { "project", "section", "task-1", "deal-link", "customer", "invoice", "line-1", "reminder", "reminder@2", "move-2", "cancel-3" })
                text.Append("  ").Append(action).Append(" = ").Append(key.ActionKey(action)).Append('\n');
        }

        text.ToString().ShouldEqualApproved("Keys");
    }

    [Fact]
    public void Keys_hold_nothing_but_what_every_vendor_allows_in_an_id()
    {
        var any = ArbMap.Default.ArbFor<NonNull<string>>();
        Prop.ForAll(any, any, (rule, id) =>
        {
            var key = new HandoffKey(rule.Get, new RecordRef("hubspot", "62515", RecordKind.Deal, id.Get), "once");
            return Regex.IsMatch(key.Id, "^[a-v0-9]{20}$") && Regex.IsMatch(key.ActionKey(rule.Get), "^[a-v0-9]{26}$");
        }).ShouldHold();
    }

    [Fact]
    public void Every_letter_occurs_so_that_no_bit_of_the_hash_is_wasted() =>
        string.Concat(Enumerable.Range(0, 200).Select(i => Keys.Hash($"{i}", 20))).Distinct().Count().ShouldBe(32);

    [Fact]
    public void A_hundred_thousand_handoffs_have_as_many_keys()
    {
        var (ids, actions) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 25_000; i++)
        {
            foreach (var (rule, occurrence) in new[] { ("a", "once"), ("b", "once"), ("a", "2027-Q1"), ("b", "2027-Q1") })
            {
                var key = new HandoffKey(rule, new RecordRef("hubspot", "62515", RecordKind.Deal, $"{i}"), occurrence);
                ids.Add(key.Id);
                actions.Add(key.ActionKey("project"));
            }
        }

        ids.Count.ShouldBe(100_000);
        actions.Count.ShouldBe(100_000);
        actions.Add(new HandoffKey("a", new RecordRef("hubspot", "62515", RecordKind.Deal, "1"), "once").ActionKey("section")).ShouldBeTrue();
    }

    [Fact]
    public void Rule_subject_occurrence_and_action_each_make_another_key()
    {
        var key = new HandoffKey("rule", A.Deal("1").Ref, "once");
        HandoffKey[] others =
        [
            key with { Rule = "rules" }, key with { Subject = A.Deal("2").Ref }, key with { Subject = A.Project("1").Ref },
            key with { Subject = A.Deal("1").Ref with { Account = "other" } }, key with { Occurrence = "2027-Q1" },
        ];

        others.Select(k => k.Id).Append(key.Id).ShouldBeUnique();
        others.Select(k => k.ActionKey("project")).Append(key.ActionKey("project")).Append(key.ActionKey("task-1")).ShouldBeUnique();
    }
}
