using System.Globalization;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Tests.Bench;
using ClientFlow.Sync.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace ClientFlow.Sync.Engine.Tests.Observing;

/// <summary>Any order, repetition and loss of deliveries ends where perfect delivery ends: in the mirror, in the handoffs, and in the tools.</summary>
public sealed class ConvergenceTests
{
    private static readonly string[] Deals = ["d1", "d2", "d3"];

    [Fact]
    public void Any_order_repetition_and_loss_of_deliveries_ends_where_perfect_delivery_ends() => Holds(cases: 8, seed: 20_261_124);

    [Fact]
    [Trait("Takes", "long")]
    public void It_does_so_in_many_more_cases() => Holds(cases: 60, seed: 8_000_009);

    private static void Holds(int cases, ulong seed)
    {
        // A fate for each deal and its project; then, for each of the two acts, which deliveries arrive, in what order, how often.
        var fates = Gen.Elements(Enum.GetValues<Fate>()).ArrayOf(Deals.Length);
        var arrivals = Gen.Choose(-6, 23).ListOf().Resize(16);
        Prop.ForAll(fates.ToArbitrary(), arrivals.ToArbitrary(), arrivals.ToArbitrary(), (fate, first, second) =>
            HoldsAsync(fate, [.. first], [.. second]).GetAwaiter().GetResult()).ShouldHold(cases, seed);
    }

    private static async Task HoldsAsync(Fate[] fates, IReadOnlyList<int> first, IReadOnlyList<int> second)
    {
        var perfect = await LiveAsync(fates, null, null);
        var disturbed = await LiveAsync(fates, first, second);

        disturbed.ShouldBe(perfect, $"fates {string.Join(' ', fates)}; arrivals {string.Join(' ', first)} and {string.Join(' ', second)}");
    }

    // Two acts: what befalls the deals, then what befalls their projects. Null: each delivery arrives once, in order.
    private static async Task<string> LiveAsync(Fate[] fates, IReadOnlyList<int>? first, IReadOnlyList<int>? second)
    {
        await using var flow = await Flow.StartAsync(Rules.WonDealToProject, Rules.ClosedProjectToInvoice, Rules.RenewalReminder);
        flow.Crm.Versioned = flow.Projects.Versioned = true;
        var told = new List<(string Tool, string Body)>();
        for (var i = 0; i < Deals.Length; i++)
        {
            var deal = Deals[i];
            foreach (var amount in (string[])["500", "900", $"{1000 + i}"])
            {
                var state = flow.Crm.Put(RecordKind.Deal, deal, ("name", $"Website-{deal}"), ("stage", "proposal"), ("amount", amount), ("createdAt", "2026-10-01T09:00:00Z"));
                flow.Crm.Refer(RecordKind.Deal, deal, "client", RecordKind.Client, "c1");

                // A delivery that carries its state: by the time it arrives it may be old news.
                told.Add(("crm", $"state deal {deal} {state.Order} {string.Join(' ', state.Fields.Select(f => $"{f.Key}={f.Value}"))}"));
                told.Add(("crm", $"hint deal {deal}"));
            }

            if (fates[i] == Fate.NeverWon) continue;
            flow.Crm.Put(RecordKind.Deal, deal, ("stage", "won"));
            told.Add(("crm", $"hint deal {deal}"));
        }

        await ActAsync(flow, told, first);

        told.Clear();
        for (var i = 0; i < Deals.Length; i++)
        {
            if (ProjectOf(flow, Deals[i]) is not { } project) continue;
            var ends = new DateOnly(2027, 6, 1 + i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            flow.Projects.Put(RecordKind.Project, project, ("endsOn", "2027-03-01"));
            told.Add(("projects", $"hint project {project}"));
            switch (fates[i])
            {
                case Fate.Closed:
                    flow.Projects.Put(RecordKind.Project, project, ("endsOn", ends), ("status", "closed"));
                    break;
                case Fate.Ends:
                    flow.Projects.Put(RecordKind.Project, project, ("endsOn", ends));
                    break;
                case Fate.Cleared:
                    flow.Projects.Put(RecordKind.Project, project, ("endsOn", null));
                    break;
                case Fate.Deleted:
                    flow.Projects.Delete(RecordKind.Project, project);
                    break;
            }

            told.Add(("projects", $"hint project {project}"));
        }

        await ActAsync(flow, told, second);
        return await PortraitAsync(flow);
    }

    private static async Task ActAsync(Flow flow, List<(string Tool, string Body)> told, IReadOnlyList<int>? arrivals)
    {
        var numbered = told.Select((delivery, n) => (delivery.Tool, delivery.Body, Id: $"{delivery.Body} #{n}")).ToList();
        foreach (var arrival in arrivals ?? Enumerable.Range(0, numbered.Count))
        {
            if (arrival >= numbered.Count) continue;
            switch (arrival)
            {
                case -1:
                    await flow.PollAsync();
                    break;
                case -2:
                    await flow.ReconcileAsync();
                    break;
                case -3:
                    await flow.PollAsync("projects", "projects");
                    break;
                case -4:
                    await flow.PassAsync(TimeSpan.FromMinutes(1));
                    break;
                case -5:
                    await flow.SettleAsync();
                    break;
                case < 0:
                    await flow.ReconcileAsync("projects", "projects");
                    break;
                default:
                    // The same delivery has the same id, however often it arrives.
                    await flow.DeliverAsync(numbered[arrival].Body, numbered[arrival].Tool, numbered[arrival].Id);
                    break;
            }

            if (arrivals is null) await flow.SettleAsync();
        }

        // What nothing told of is found by polling.
        await flow.PollAsync();
        await flow.PollAsync("projects", "projects");
        await flow.PassAsync(TimeSpan.FromMinutes(20));
    }

    private static string? ProjectOf(Flow flow, string deal) =>
        flow.Projects.Made.FirstOrDefault(m => m.Content is ProjectContent project && project.Name.EndsWith($"Website-{deal}", StringComparison.Ordinal))?.Id;

    // Whatever is the same however things arrived; the tools' own ids and the moments are not.
    private static async Task<string> PortraitAsync(Flow flow)
    {
        var lines = new List<string>();
        var names = Deals.Select(d => (Deal: d, Project: ProjectOf(flow, d))).Where(d => d.Project is not null).ToDictionary(d => d.Project!, d => d.Deal);
        foreach (var made in flow.Projects.Made.Concat(flow.Crm.Made).Concat(flow.Billing.Made).Concat(flow.Calendar.Made))
        {
            lines.Add(made.Content switch
            {
                ProjectContent project => $"made project {project.Name}",
                InvoiceLineContent line => $"made line {line.Text} {line.Amount}",
                DealLinkContent link => $"made link of {link.DealId}",
                CustomerContent customer => $"made customer {customer.Name}",
                TaskContent task => $"made task {task.Name}",
                SectionContent or InvoiceContent => $"made {made.Content.Kind}",
                _ => "",
            });
        }

        // A reminder may have been made at once where it belongs, or have followed its date there.
        foreach (var made in flow.Calendar.Made.Where(m => m.Content is ReminderContent))
        {
            if (flow.Calendar.Find(RecordKind.Reminder, made.Id) is { } standing)
                lines.Add($"reminder {standing.Fields["title"]} at {standing.Fields["at"]}");
        }

        foreach (var deal in Deals)
        {
            var row = await flow.SeeAsync(v => v.FindRecord(flow.Deal(deal)));
            lines.Add($"mirror {deal}: {Shown(row, "name", "stage", "amount")}");
            if (ProjectOf(flow, deal) is not { } project) continue;
            row = await flow.SeeAsync(v => v.FindRecord(flow.Project(project)));
            lines.Add($"mirror project of {deal}: gone {row?.Gone} {(row?.Gone == true ? "" : Shown(row, "name", "status", "endsOn"))}");
        }

        // A reminder that was called for and taken back is, for this, the same as one that was never called for.
        lines.AddRange((await flow.HandoffsAsync()).Where(h => h.State != HandoffState.Withdrawn)
            .Select(h => $"handoff {h.Key.Rule} of {(h.Key.Subject.Kind == RecordKind.Project ? $"project of {names[h.Key.Subject.Id]}" : h.Key.Subject.Id)}: {h.State}"));
        return string.Join('\n', lines.Where(l => l.Length > 0).Order(StringComparer.Ordinal));
    }

    private static string Shown(MirrorRow? row, params string[] fields) => string.Join(", ", fields.Select(f => $"{f} {row?.Record.Fields.GetValueOrDefault(f)?.Show()}"));

    private enum Fate
    {
        NeverWon,
        Open,
        Closed,
        Ends,
        Cleared,
        Deleted,
    }
}
