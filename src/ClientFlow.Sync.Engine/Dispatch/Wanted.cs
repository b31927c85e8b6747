using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Observing;
using ClientFlow.Sync.Engine.People;

namespace ClientFlow.Sync.Engine.Dispatch;

/// <summary>
/// Whether a write is still wanted when its turn comes: facts that money rests on are read again, what a person did by hand meanwhile is
/// found, and what another handoff is about to do for the same client is waited for.
/// </summary>
public sealed class Wanted(Workspace workspace, Looker looker, EngagementReader engagements, ProjectFinder projects, Streams streams, PassedOver passed)
{
    internal async Task<Verdict> JudgeAsync(Tool tool, Job job, CancellationToken cancellationToken) =>
        await BilledAsync(tool, job, cancellationToken) ?? await MadeByHandAsync(tool, job, cancellationToken) ?? new Verdict.Go(job);

    /// <summary>What a write waits for where another handoff is about to do the same, or did since the facts for this one were read; else null.</summary>
    internal static Failure? AwaitedBeside(IReadView view, Handoff handoff, HandoffAction action, DateTimeOffset? factsReadAt) => action.Order.Content switch
    {
        // Two projects that close together would both bill the whole rest: the second waits, and is reckoned anew.
        InvoiceContent => BilledBeside(view, handoff, factsReadAt),

        // Two deals of one client would both make its customer: the second waits, and finds the first one's.
        CustomerContent customer => MadeBeside(view, handoff, customer),
        _ => null,
    };

    // Another invoice of the same engagement was begun and is not whole yet, or became whole after the facts for this one were read. One that
    // needs a person, and is there or may be, is neither: what is left to bill is known once that person has decided.
    private static Failure? BilledBeside(IReadView view, Handoff handoff, DateTimeOffset? factsReadAt) => Await(view.HandoffsOf(handoff.Engagement)
        .Where(other => other.Id != handoff.Id && (other.State is HandoffState.Sending or HandoffState.Dead || other.DoneAt >= factsReadAt))
        .SelectMany(other => view.ActionsOf(other.Id), static (other, a) => (Handoff: other, Action: a))
        .Where(b => b.Action.Order.Content is InvoiceContent && (b.Action.State is ActionState.Sending or ActionState.Uncertain or ActionState.Done || Attempt.DiedInDoubt(b.Action))));

    // Another handoff's write of the same client's customer is under way or in doubt, be it until a person decides, or was confirmed since this one was prepared.
    private static Failure? MadeBeside(IReadView view, Handoff handoff, CustomerContent customer)
    {
        var client = RecordRef.Parse(customer.ClientKey);
        if (view.LinksFrom(client).Any(l => l.Role == LinkRole.Customer && view.FindRecord(l.To) is { Gone: false })) return Awaited("its customer was just made: that is taken");
        return Await(view.RecordsReferring(client, RecordKind.Deal).Select(deal => deal.Record.Ref)
            .SelectMany(view.HandoffsOf)
            .Where(other => other.Id != handoff.Id && other.State is HandoffState.Sending or HandoffState.Dead)
            .SelectMany(other => view.ActionsOf(other.Id), static (other, a) => (Handoff: other, Action: a))
            .Where(b => (b.Action.State is ActionState.Sending or ActionState.Uncertain || Attempt.DiedInDoubt(b.Action)) &&
                b.Action.Order.Content is CustomerContent same && same.ClientKey == customer.ClientKey));
    }

    // Where one of them waits for a person, that is what this one waits for: the others end by themselves.
    private static Failure? Await(IEnumerable<(Handoff Handoff, HandoffAction Action)> beside) =>
        beside.OrderByDescending(b => b.Handoff.State == HandoffState.Dead).Select(b => b.Handoff).FirstOrDefault() switch
        {
            null => null,
            { State: HandoffState.Dead } asked => Awaited($"it waits until a person has decided about {asked.Title ?? asked.Id} ({asked.Id}): what that one would have made may be there already"),
            var other => Awaited($"it waits for {other.Title ?? other.Id} ({other.Id}), which is under way"),
        };

    private static Failure Awaited(string why) => new(FailureKind.Unavailable, why) { OneCall = true, Reason = Failure.NotYet };

    // Right before money is asked for, the facts that it rests on are read again and planned again: the deal and its projects, and
    // what a person may have billed by hand since. Null where nothing of it asks for money.
    private async Task<Verdict?> BilledAsync(Tool tool, Job job, CancellationToken cancellationToken)
    {
        var rule = workspace.Config.Rules.FirstOrDefault(r => r.Identity == job.Handoff.Key.Rule);
        if (rule?.Create is not InvoiceBlueprint) return null;
        if (job.Handoff.State != HandoffState.Ready && job.Action.Order.Content is not InvoiceContent) return null;

        // While another invoice of the engagement is under way the facts are not what they will be: nothing is asked for them.
        if (job.Action.Order.Content is InvoiceContent && await workspace.Store.ReadAsync(view => BilledBeside(view, job.Handoff, null), cancellationToken) is { } beside)
            return new Verdict.Unread(beside);
        var began = workspace.Clock.GetUtcNow();
        if (await ReadFactsAsync(tool, job, cancellationToken) is { } unread) return new Verdict.Unread(unread);

        if (await workspace.Store.ReadAsync(view => Job.Load(view, job.Action), cancellationToken) is not { Action.State: ActionState.Pending } loaded) return new Verdict.Gone();
        var fresh = loaded with { FactsReadAt = began };
        if (fresh.Handoff.State == HandoffState.Ready) return new Verdict.Go(fresh);

        // Its customer stands and follows no facts any more: the invoice itself still does.
        return await workspace.Store.ReadAsync(view => WhyNot(view, rule, fresh), cancellationToken) is not { } why ? new Verdict.Go(fresh)
            : new Verdict.Ask(fresh, new Failure(FailureKind.Rejected, $"{why}. Its customer was made, the invoice was not: retry when it is right again, or skip it") { Reason = "changed" });
    }

    private async Task<Failure?> ReadFactsAsync(Tool tool, Job job, CancellationToken cancellationToken)
    {
        foreach (var stream in tool.Manifest.Streams.Where(s => s.Kind is RecordKind.Client or RecordKind.Invoice))
        {
            if (await streams.PollNowAsync(tool, stream, cancellationToken) is { } failure)
                return failure with { Message = $"{tool.Name} does not show its {stream.Name}: {failure.Message}", RetryAt = failure.RetryAt ?? tool.Health.State.Until };

            // One that was passed over may be what a person billed by hand: whose it is isn't known before it is read.
            if (passed.Any(tool, stream.Kind) is { } hidden)
            {
                var what = $"{Names.Of(hidden.Hint.Kind)} {hidden.Hint.Id}";
                return hidden.MayPass ? Awaited($"it waits until {tool.Name} shows {what}, which may bill the same")
                    : new Failure(FailureKind.Rejected, $"{tool.Name} does not show {what}, which may bill the same");
            }
        }

        return await looker.RefreshAsync(job.Handoff, CallPurpose.Work, cancellationToken);
    }

    private string? WhyNot(IReadView view, HandoffRule rule, Job job)
    {
        var (handoff, now) = (job.Handoff, workspace.Clock.GetUtcNow());
        var engagement = EngagementReader.RootsOf(view, handoff.Key.Subject).Select(root => engagements.Read(view, root)).OfType<Engagement>().FirstOrDefault();
        if (engagement?.Subjects(rule.Subject).FirstOrDefault(s => s.Ref == handoff.Key.Subject) is not { } subject) return "its facts are gone";
        var context = new PlanContext { Business = workspace.Config.Business, Now = now, ObservedAt = now, ConfigHash = workspace.Config.Hash };
        if (Planner.Applies(rule, engagement, subject, context) is { Holds: false } verdict)
            return string.Join("; ", verdict.Reasons.Where(r => !r.Holds).Select(r => r.Text));
        var asked = Write(approved: false);
        var yes = handoff.IsYesTo(asked with { Title = Edits.TitleOf(rule.Create, handoff.Edits) ?? asked.Title });
        var contents = yes ? Write(approved: true) : asked;
        if (contents.Missing.Count > 0) return string.Join("; ", contents.Missing);
        if (contents.Question is { } question && !(yes && contents.YesIsEnough)) return question;
        if (job.Action.Order.Content is InvoiceContent { CustomerId: null } && view.ActionsOf(handoff.Id).Where(a => a.State == ActionState.Done)
            .Select(a => a.Order.Content).OfType<CustomerContent>().LastOrDefault() is { } made && made.ClientKey != engagement.Payer.ToString())
            return "it is for another client now";
        var wanted = contents.Writes.Select(w => Edits.Apply(w.Name, w.Content, handoff.Edits)).OfType<InvoiceLineContent>();
        var planned = view.ActionsOf(handoff.Id).Where(a => a.State != ActionState.Withdrawn).Select(a => a.Order.Content).OfType<InvoiceLineContent>();
        return wanted.SequenceEqual(planned) ? null : "what it would bill has changed";

        Contents Write(bool approved) => new ContentWriter(engagement, subject.Ref, context.Business, now).Write(rule.Create, approved, handoff.Generation);
    }

    // A project that a person made in the meantime is adopted, with no checklist; several that could be it are asked about. Null where none is there.
    private async Task<Verdict?> MadeByHandAsync(Tool tool, Job job, CancellationToken cancellationToken)
    {
        if (job.Action.Order.Content.NewProject() is not { } wanted || job.Handoff.ApprovedBy is { } by && by.StartsWith("create:", StringComparison.Ordinal))
            return null;
        if (!(await projects.UnlinkedAsync(tool, job.Handoff.ReadyAt ?? job.Handoff.PlannedAt, cancellationToken)).Succeeded(out var unlinked, out var failure))
            return new Verdict.Unread(failure with { Message = $"{tool.Name} does not show its projects: {failure.Message}", RetryAt = failure.RetryAt ?? tool.Health.State.Until });
        if (Decisions.PickedProject(job.Handoff) is { } picked)
        {
            return unlinked.FirstOrDefault(p => p.Ref.Id == picked && !p.Gone) is { } chosen
                ? new Verdict.Adopt(chosen.Record, "a person picked it")
                : Asks($"the project that was picked in {tool.Name} is gone, or another deal's by now: pick another, or approve to have a new one made", "adoption");
        }

        if (job.Handoff.Engagement.Kind == RecordKind.Deal &&
            await workspace.Store.ReadAsync(view => view.FindRecord(job.Handoff.Engagement), cancellationToken) is { Record: var deal })
        {
            switch (await projects.InheritedAsync(tool, deal, cancellationToken))
            {
                case Inheritance.One one: return new Verdict.Adopt(one.Project, "the deal that it was made for was merged into this one");
                case Inheritance.NotYet { Unread: { } unread }: return new Verdict.Unread(unread);
                case Inheritance.NotYet: return new Verdict.Later();
                case Inheritance.Ask ask: return Asks(ask.Question, "merged");
            }
        }

        // Usually nothing is there that could be its project: then the whole engagement need not be put together.
        if (unlinked.Count == 0) return null;
        if (await workspace.Store.ReadAsync(view => engagements.Read(view, job.Handoff.Engagement), cancellationToken) is not { } engagement) return null;
        return Adoption.Find(engagement, wanted, unlinked) switch
        {
            AdoptionVerdict.Adopt adopt => new Verdict.Adopt(adopt.Project, adopt.Because),
            AdoptionVerdict.Ask ask => Asks($"{ask.Candidates.Count} projects in {tool.Name} could be this deal's already: " +
                string.Join(", ", ask.Candidates.Select(c => $"{c.Text("name")} ({c.Text("url") ?? c.Ref.Id})")) +
                ". Put the deal's address into the right one's description and retry, or approve to have a new one made", "adoption"),
            _ => null,
        };

        Verdict Asks(string question, string reason) => new Verdict.Ask(job, new Failure(FailureKind.Rejected, question) { Reason = reason });
    }
}
