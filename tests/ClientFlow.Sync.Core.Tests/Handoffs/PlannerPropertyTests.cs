using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Core.Tests.Handoffs;

/// <summary>What holds whatever happens: random engagements, and random things that befall them one after another.</summary>
public sealed class PlannerPropertyTests
{
    private static readonly string[] Happenings =
    [
        "won", "reopened", "lost", "other owner", "no owner", "no scope", "scope", "renamed", "more money", "no money", "no email", "email",
        "project", "closed", "opened again", "dropped", "deleted", "later end", "sooner end", "passed end", "no end", "second project",
        "no second project", "another deal", "no other deal", "invoice", "loose invoice", "a day later", "a month later", "begin sending", "deliver",
        "approve", "read only", "writable", "deal deleted", "deal restored",
    ];

    [Fact]
    public void Planning_twice_finds_nothing_new() => Holds((table, _) =>
    {
        table.Plan();
        var again = table.Look().Steps;
        again.Select(s => $"{s.Verb} {s.Handoff.Reason}").ShouldBeEmpty();
    });

    [Fact]
    public void The_same_inputs_give_the_same_plan() => Holds((table, _) =>
    {
        var (before, first, second) = (table.Snapshot(), JsonSerializer.Serialize(table.Look()), JsonSerializer.Serialize(table.Look()));
        second.ShouldBe(first);
        table.Snapshot().ShouldBe(before);
        table.Plan();
    });

    [Fact]
    public void A_plan_never_touches_what_is_being_sent_or_was_sent() => Holds((table, _) =>
    {
        var sending = table.Rows.Where(r => r.State == HandoffState.Sending).Select(r => r.Id).ToHashSet();
        foreach (var step in table.Look().Steps)
        {
            sending.ShouldNotContain(step.Handoff.Id);
            var sent = table.ActionsOf(step.Handoff.Id).Where(a => a.State is not (ActionState.Pending or ActionState.Withdrawn)).Select(a => a.Position);
            (step.Actions ?? []).Select(a => a.Position).Intersect(sent).ShouldBeEmpty();
        }

        table.Plan();
    });

    [Fact]
    public void No_key_is_ever_sent_twice_and_each_project_and_invoice_is_made_once() => Holds((table, _) =>
    {
        table.Plan();
        table.Sent.Select(o => o.Key).ShouldBeUnique();
        foreach (var row in table.Rows)
            table.ActionsOf(row.Id).Count(a => a.Order.Content is ProjectContent or InvoiceContent).ShouldBeLessThanOrEqualTo(1);
    });

    [Fact]
    public void Only_what_is_ready_or_on_its_way_has_writes_to_send() => Holds((table, _) =>
    {
        table.Plan();
        foreach (var row in table.Rows)
        {
            var pending = table.ActionsOf(row.Id).Any(a => a.State == ActionState.Pending);
            if (row.State == HandoffState.Ready) pending.ShouldBeTrue();
            else if (row.State != HandoffState.Sending) pending.ShouldBeFalse($"{row.State} {row.Reason}");
            if (row.State == HandoffState.Waiting) row.Hold.ShouldNotBe(Hold.None);
        }
    });

    [Fact]
    public void Once_it_comes_to_rest_the_calendar_shows_what_the_facts_call_for() => Holds((_, _) => { }, (table, world) =>
    {
        table.ReadOnlyTools.Clear();
        table.Settle(table.Facts);
        table.Settle(table.Facts);

        // Only the engagement's first project: what the second one had may have gone with its link.
        var project = A.Project("1").Ref;
        var row = table.Rows.FirstOrDefault(r => r.Key.Rule == "renewal-reminder" && r.Key.Subject == project);
        var standing = table.Calendar(project);
        var facts = table.Facts.Projects.FirstOrDefault(p => p.Ref == project);
        if (facts is null) return;
        if (facts.Gone || facts.Record.Text("status") == "dropped" || facts.Record.Day("endsOn") is null) standing.ShouldBeEmpty();
        else if (table.Facts.OtherDeals.Count == 0 && facts.Record.Day("endsOn") >= LocalTime.DayAt(table.Now, A.Business.Zone))
        {
            row.ShouldNotBeNull().State.ShouldBe(HandoffState.Done);
            var one = standing.ShouldHaveSingleItem();
            var owner = table.Facts.Deal is { Gone: false } deal ? deal.Record.Text("owner") : null;
            one.For.ShouldBe(owner);
            one.Basis.ShouldBe($"{facts.Record.Day("endsOn")!.Value.AddDays(-30):yyyy-MM-dd}T09:00");
        }
    });

    private static void Holds(Action<HandoffTable, World> each, Action<HandoffTable, World>? last = null)
    {
        var histories = Gen.Elements(Happenings).ListOf().Resize(60);
        Prop.ForAll(histories.ToArbitrary(), history =>
        {
            var world = new World();
            var table = new HandoffTable(A.WonDealToProject(), A.ClosedProjectToInvoice().Approved(), A.RenewalReminder()) { LinkTool = "crm" };
            foreach (var happening in history)
            {
                world.Happen(happening, table);
                table.Facts = world.Engagement();
                each(table, world);
                table.Plan();
            }

            last?.Invoke(table, world);
        }).ShouldHold(250);
    }

    /// <summary>One engagement, as things befall it.</summary>
    private sealed class World
    {
        private RecordBuilder deal = A.Deal();
        private RecordBuilder contact = A.Contact();
        private RecordBuilder? project;
        private bool second;
        private bool shared;
        private bool invoiced;
        private bool loose;

        public void Happen(string what, HandoffTable table)
        {
            switch (what)
            {
                case "won": deal = deal.Won(); break;
                case "reopened": deal = deal.Stage("proposal"); break;
                case "lost": deal = deal.Lost(); break;
                case "other owner": deal = deal.OwnedBy(deal.State().Text("owner") == "tom@northwind.example" ? "jane@northwind.example" : "tom@northwind.example"); break;
                case "no owner": deal = deal.Without("owner"); break;
                case "no scope": deal = deal.Without("scope"); break;
                case "scope": deal = deal.With("scope", "Shop"); break;
                case "renamed": deal = deal.Named(deal.State().Text("name") + "!"); break;
                case "more money": deal = deal.Worth(12_000); break;
                case "no money": deal = deal.Without("amount"); break;
                case "no email": contact = contact.Without("email"); break;
                case "email": contact = contact.Email("ann@acme.example"); break;
                case "project": project ??= A.Project("1"); break;
                case "closed": project = project?.Closed(); break;
                case "opened again": project = project?.Status("open"); break;
                case "dropped": project = project?.Dropped(); break;
                case "deleted": project = project?.Gone(); break;
                case "later end": project = project?.EndsOn("2028-03-31"); break;
                case "sooner end": project = project?.EndsOn("2027-03-10"); break;
                case "passed end": project = project?.EndsOn("2026-10-01"); break;
                case "no end": project = project?.Without("endsOn"); break;
                case "second project": second = true; break;
                case "no second project": second = false; break;
                case "another deal": shared = true; break;
                case "no other deal": shared = false; break;
                case "invoice": invoiced = true; break;
                case "loose invoice": loose = true; break;
                case "a day later": table.Now = table.Now.AddDays(1); break;
                case "a month later": table.Now = table.Now.AddDays(31); break;
                case "begin sending": table.BeginSending(); break;
                case "deliver": table.Deliver(); break;
                case "approve": table.Approve(); break;
                case "read only": table.ReadOnlyTools.Add("calendar"); break;
                case "writable": table.ReadOnlyTools.Clear(); break;
                case "deal deleted": deal = deal.Gone(); break;
                case "deal restored": deal = deal with { IsGone = false }; break;
                default: throw new ArgumentException(what, nameof(what));
            }
        }

        public Engagement Engagement()
        {
            var engagement = A.Engagement().With(deal).With(contact);
            if (project is not null) engagement = engagement.With(project);
            if (second) engagement = engagement.With(A.Project("2").Named("Second"));
            if (shared) engagement = engagement.AlsoOf(A.Deal("2"));
            if (invoiced) engagement = engagement.With(A.Invoice("1"));
            if (loose) engagement = engagement.WithLoose(A.Invoice("2").Total(9_000));
            return engagement;
        }
    }
}
