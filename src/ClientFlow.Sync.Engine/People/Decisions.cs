using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Dispatch;
using ClientFlow.Sync.Engine.Observing;

namespace ClientFlow.Sync.Engine.People;

/// <summary>What a person decides about a handoff. Everything is attributed in the journal.</summary>
public sealed class Decisions(Workspace workspace, PlanWriter plans)
{
    // In front of who said so: which of the projects that could be adopted it is.
    private const string Adopt = "adopt:";

    /// <summary>So many characters of an id are enough, where no other begins with them.</summary>
    internal const int FewestCharacters = 4;

    // A yes to a whole rule is said in steps, between which webhooks are acknowledged.
    private const int AtOnce = 50;

    /// <summary>A person says yes: to what waits for approval, to what is held by the limit, or to making a new one where several could be adopted.</summary>
    /// <param name="idOrRule">A handoff's short id (its beginning is enough when it is clear), or a rule's name for all that wait of it.</param>
    /// <param name="who">Who said so.</param>
    /// <param name="shown">What was on the screen, as <see cref="Handoff.Shown"/> has it: a yes to something else is none. Null: to whatever it is now.</param>
    /// <returns>What happened, as a sentence, and whether anything did.</returns>
    public Task<(bool Done, string Message)> ApproveAsync(string idOrRule, Person who, CancellationToken cancellationToken, string? shown = null) =>
        DecideAsync(idOrRule, "approve", who, (unit, handoff) =>
        {
            var now = workspace.Clock.GetUtcNow();
            if (handoff.State == HandoffState.Waiting && handoff.Hold is Hold.Approval or Hold.Limit or Hold.Question)
            {
                if (shown is not null && shown != handoff.Shown)
                    return new Said(false, $"{handoff.Title ?? handoff.Id} changed since it was shown: it is {handoff.Title} over {handoff.AtStake?.ToString() ?? "no amount"} now. Look again, then say yes");
                unit.SaveHandoff(handoff with { ApprovedBy = who.Name, ApprovedFor = handoff.Shown });
                unit.Write(Entry(handoff, now, "people.handoff.approved",
                    $"{who} approved {handoff.Title ?? handoff.Id}{(handoff.AtStake is { } stake ? $" over {stake}" : "")}"));
                plans.Plan(unit, handoff.Engagement, now);
                var after = unit.FindHandoff(handoff.Id)!;
                return after.State == HandoffState.Waiting ? $"{after.Id} is approved and still waits: {after.Reason}" : $"{after.Id} is approved: {after.Title}";
            }

            if (handoff.State == HandoffState.Dead && unit.ActionsOf(handoff.Id).Any(a => a.Failure?.Reason == "adoption"))
            {
                unit.Write(Entry(handoff, now, "people.handoff.approved", $"{who} had a new project made for {handoff.Title ?? handoff.Id}"));
                Revive(unit, handoff with { ApprovedBy = $"create:{who}" }, now);
                return $"{handoff.Id} goes on with a new project";
            }

            return null;
        }, cancellationToken);

    /// <summary>A person has mended what a dead handoff needed: it goes on where it stopped.</summary>
    public Task<(bool Done, string Message)> RetryAsync(string id, Person who, CancellationToken cancellationToken) =>
        DecideAsync(id, "retry", who, (unit, handoff) =>
        {
            if (handoff.State != HandoffState.Dead) return null;
            var now = workspace.Clock.GetUtcNow();
            unit.Write(Entry(handoff, now, "people.handoff.retried", $"{who} retried {handoff.Title ?? handoff.Id}"));
            Revive(unit, handoff, now);
            var after = unit.FindHandoff(handoff.Id)!;
            return after.State switch
            {
                HandoffState.Withdrawn => $"{after.Id} is withdrawn: {after.Reason}",
                HandoffState.Waiting => $"{after.Id} waits: {after.Reason}",
                HandoffState.Sending when after.ConfigHash != workspace.Config.Hash && unit.ActionsOf(after.Id).Any(a => a.State == ActionState.Done) =>
                    $"{after.Id} goes on with what is left of it, by its rule as it was when it began: an edit of the file since then counts for new ones",
                _ => $"{after.Id} goes on",
            };
        }, cancellationToken);

    /// <summary>A person says no: nothing of it is sent. What is on its way can be skipped while nothing of it was sent: a lane asks the store once more before it sends.</summary>
    public Task<(bool Done, string Message)> SkipAsync(string id, Person who, CancellationToken cancellationToken) =>
        DecideAsync(id, "skip", who, (unit, handoff) =>
        {
            if (handoff.State is not (HandoffState.Waiting or HandoffState.Ready or HandoffState.Sending or HandoffState.Dead)) return null;
            var actions = unit.ActionsOf(handoff.Id);
            if (handoff.State is HandoffState.Ready or HandoffState.Sending && TooLate(actions) is { } why)
                return new Said(false, $"{handoff.Id} can't be skipped any more: {why}. Pause {workspace.RuleName(handoff)} to have nothing more of it sent");
            var now = workspace.Clock.GetUtcNow();
            foreach (var action in actions.Where(a => a.State == ActionState.Pending)) unit.SaveAction(action with { State = ActionState.Withdrawn });
            unit.SaveHandoff(handoff with { State = HandoffState.Skipped, Hold = Hold.None, NextLook = null, Reason = $"{who} skipped it" });
            EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Skipped);
            unit.Write(Entry(handoff, now, "people.handoff.skipped", $"{who} skipped {handoff.Title ?? handoff.Id}"));
            return $"{handoff.Id} is skipped";
        }, cancellationToken);

    /// <summary>A person did what it was for: it counts as done, and nothing more of it is sent.</summary>
    public Task<(bool Done, string Message)> MarkDoneAsync(string id, Person who, CancellationToken cancellationToken) =>
        DecideAsync(id, "mark done", who, (unit, handoff) =>
        {
            if (handoff.State is not (HandoffState.Waiting or HandoffState.Dead)) return null;
            var now = workspace.Clock.GetUtcNow();
            foreach (var action in unit.ActionsOf(handoff.Id).Where(a => a.State is not (ActionState.Done or ActionState.Withdrawn)))
            {
                unit.SaveAction(action with { State = ActionState.Withdrawn, Owner = null });
                LinkInvoice(unit, handoff, action.Order, now);
            }

            unit.SaveHandoff(handoff with
            {
                State = HandoffState.Done, Hold = Hold.None, Missing = [], NextLook = null, DoneAt = now, Reason = $"{who} did it by hand",
            });
            EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Done);
            unit.Write(Entry(handoff, now, "people.handoff.finished", $"{who} did {handoff.Title ?? handoff.Id} by hand"));

            // What is left to bill of its deal rests on it.
            plans.Plan(unit, handoff.Engagement, now);
            return $"{handoff.Id} is done";
        }, cancellationToken);

    /// <summary>A person has seen that facts turned false after it was done. The same is not told again.</summary>
    public Task<(bool Done, string Message)> DismissAsync(string id, Person who, CancellationToken cancellationToken) =>
        DecideAsync(id, "dismiss", who, (unit, handoff) =>
        {
            if (handoff.Flag is not { } flag) return null;
            unit.SaveHandoff(handoff with { Flag = null, Dismissed = flag });
            unit.Write(Entry(handoff, workspace.Clock.GetUtcNow(), "people.flag.dismissed", $"{who} has seen to it: {handoff.Title ?? handoff.Id}: {flag}"));
            return $"{handoff.Id}: seen";
        }, cancellationToken);

    /// <summary>A person writes other words into what its tool refused, and it goes on.</summary>
    /// <param name="edits">By the keys of <see cref="Edits.Of"/>; only what differs from what it says now.</param>
    public Task<(bool Done, string Message)> EditAsync(string id, IReadOnlyDictionary<string, string> edits, Person who, CancellationToken cancellationToken) =>
        DecideAsync(id, "edit", who, (unit, handoff) =>
        {
            if (handoff.State != HandoffState.Dead) return null;
            var actions = unit.ActionsOf(handoff.Id);
            var open = actions.Where(a => a.State is ActionState.Dead or ActionState.Pending).ToList();
            if (actions.Any(Attempt.DiedInDoubt))
                return new Said(false, "it is not known whether the tool carried it out: look there first, then retry or mark it done. What may stand already can't be edited here");
            var fields = open.SelectMany(a => Edits.Of(a.Order.Name, a.Order.Content)).ToDictionary(f => f.Key);
            var changed = edits.Where(e => fields.TryGetValue(e.Key, out var field) && field.Value != e.Value.Trim()).ToDictionary(e => e.Key, e => e.Value.Trim());
            if (changed.Select(e => Edits.Check(fields[e.Key], e.Value)).FirstOrDefault(wrong => wrong is not null) is { } mistake) return new Said(false, mistake);

            var now = workspace.Clock.GetUtcNow();
            var all = new SortedDictionary<string, string>(handoff.Edits.ToDictionary(), StringComparer.Ordinal);
            foreach (var (key, value) in changed) all[key] = value;
            var rule = workspace.Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule);
            handoff = handoff with { Edits = all, Title = (rule is null ? null : Edits.TitleOf(rule.Create, all)) ?? handoff.Title };
            foreach (var action in open)
            {
                var content = Edits.Apply(action.Order.Name, action.Order.Content, changed);
                if (content != action.Order.Content) unit.SaveAction(action with { Order = action.Order with { Content = content } });
            }

            unit.Write(Entry(handoff, now, "people.handoff.edited",
                $"{who} edited {handoff.Title ?? handoff.Id}: {(changed.Count == 0 ? "nothing" : string.Join(", ", changed.Select(e => $"{fields[e.Key].Label} “{fields[e.Key].Value}” → “{e.Value}”")))}"));
            Revive(unit, handoff, now);
            return $"{handoff.Id} goes on as edited";
        }, cancellationToken);

    /// <summary>A person says which of several is meant: the project to adopt, or the customer to bill.</summary>
    public Task<(bool Done, string Message)> PickAsync(string id, RecordRef choice, Person who, CancellationToken cancellationToken) =>
        DecideAsync(id, "pick", who, (unit, handoff) =>
        {
            if (handoff.State != HandoffState.Dead) return null;
            if (ChoicesFor(unit, handoff).FirstOrDefault(r => r.Ref == choice) is not { } picked)
                return new Said(false, "what was picked is no longer among the choices: look again");
            var now = workspace.Clock.GetUtcNow();
            unit.Write(Entry(handoff, now, "people.handoff.picked",
                $"{who} picked {Names.Of(choice.Kind)} {picked.Text("name") ?? choice.Id} ({choice.Id}) for {handoff.Title ?? handoff.Id}"));
            if (choice.Kind == RecordKind.Client)
            {
                var customer = unit.ActionsOf(handoff.Id).Select(a => a.Order.Content).OfType<CustomerContent>().First();
                unit.AddLink(new RecordLink(RecordRef.Parse(customer.ClientKey), choice, LinkRole.Customer, handoff.Id, now));
            }
            else
            {
                handoff = handoff with { ApprovedBy = $"{Adopt}{choice.Id}:{who}", ApprovedFor = null };
            }

            Revive(unit, handoff, now);
            return $"{handoff.Id} goes on with {picked.Text("name") ?? choice.Id}";
        }, cancellationToken);

    /// <summary>What a person may pick from: the projects that could be adopted, or the customers with the client's e-mail. Empty where nothing is asked.</summary>
    public IReadOnlyList<Record> ChoicesFor(IReadView view, Handoff handoff)
    {
        if (handoff.State != HandoffState.Dead || view.ActionsOf(handoff.Id).FirstOrDefault(a => a.State == ActionState.Dead) is not { } dead ||
            workspace.Find(dead.Order.Tool) is not { Account: { } account } tool) return [];
        switch (dead.Failure?.Reason, dead.Order.Content)
        {
            case ("adoption", var content) when content.NewProject() is { } wanted && plans.Engagements.Read(view, handoff.Engagement) is { } engagement:
                var unlinked = view.ProjectsWithoutDeal(tool.Config.Connector, account).Select(r => new KnownRecord(r.Record, r.Gone));
                return Adoption.Find(engagement, wanted, unlinked) switch
                {
                    AdoptionVerdict.Ask ask => ask.Candidates,
                    AdoptionVerdict.Adopt adopt => [adopt.Project],
                    _ => [],
                };
            case ("question", CustomerContent customer):
                return
                [
                    .. new[] { customer.Email, customer.Email.ToLowerInvariant() }.Distinct()
                        .SelectMany(email => view.RecordsWith(tool.Config.Connector, account, RecordKind.Client, "email", email))
                        .Where(r => !r.Gone).Select(r => r.Record).DistinctBy(r => r.Ref),
                ];
            default:
                return [];
        }
    }

    /// <summary>A value that no mapping knew was seen to; seen again, it is told again.</summary>
    public async Task<(bool Done, string Message)> ForgetAsync(string tool, RecordKind kind, string field, string value, Person who, CancellationToken cancellationToken)
    {
        var known = await workspace.Store.WriteAsync(WritePriority.Urgent, unit =>
        {
            // What nobody ever met has no place in the journal, whatever a form says.
            if (!unit.Unmapped().Any(v => v.Tool == tool && v.Kind == kind && v.Field == field && v.Value == value)) return false;
            unit.ForgetUnmapped(tool, kind, field, value);
            unit.Write(new JournalEntry
            {
                At = workspace.Clock.GetUtcNow(), Level = JournalLevel.Information, Event = "people.value.dismissed", Tool = tool,
                Message = $"{who} has seen to the unmapped value ‘{value}’ in {tool}.{Names.Of(kind)}.{field}",
            });
            return true;
        }, cancellationToken);
        if (!known) return (false, "this value is seen to already");
        return (true, "seen: it is told again when it is met again");
    }

    /// <summary>The project that a person picked for a handoff, by the vendor's id; null where nobody picked one.</summary>
    internal static string? PickedProject(Handoff handoff) =>
        handoff.ApprovedBy is { } by && by.StartsWith(Adopt, StringComparison.Ordinal) ? by[Adopt.Length..].Split(':')[0] : null;

    private async Task<(bool Done, string Message)> DecideAsync(
        string idOrRule, string verb, Person who, Func<IUnitOfWork, Handoff, Said?> decide, CancellationToken cancellationToken)
    {
        var (chosen, unclear) = await workspace.Store.ReadAsync(view => Choose(view, idOrRule), cancellationToken);
        if (chosen.Count == 0) return (false, unclear ?? $"there is no handoff `{idOrRule}` that waits, is on its way or needs you: the page lists them");
        var wholesale = workspace.Config.Rules.Any(r => r.Name == idOrRule) && Powers.All(who.Role, verb) is { } all ? new Said(false, all) : null;
        var said = new List<(Handoff Handoff, Said? Answer)>();
        foreach (var some in chosen.Chunk(AtOnce))
        {
            // What was chosen may have moved on since: it is decided about as it is now.
            said.AddRange(await workspace.Store.WriteAsync(WritePriority.Urgent, unit => some.Select(h => unit.FindHandoff(h.Id)).OfType<Handoff>()
                .Select(h => (h, Ruleless(h, verb) ?? Toolless(unit, h, verb) ?? Refused(h, verb, who) ?? wholesale ?? decide(unit, h))).ToList(), cancellationToken));
        }

        workspace.Readied.Set();
        workspace.Looked.Set();
        return said.TrueForAll(s => s.Answer is null)
            ? (false, $"there is nothing to {verb} about {chosen[0].Id}: it is {Word(said is [var first, ..] ? first.Handoff : chosen[0])}")
            : (said.Exists(s => s.Answer is { Done: true }), string.Join('\n', said.Select(s => s.Answer?.Message).OfType<string>().Distinct()));
    }

    // Without its rule nobody can say any more whether its facts still call for it.
    private Said? Ruleless(Handoff handoff, string verb) =>
        handoff.State == HandoffState.Dead && (verb is "approve" or "retry" or "edit" or "pick") &&
        workspace.Config.Rules.All(r => r.Identity != handoff.Key.Rule)
            ? new Said(false, $"{handoff.Id} can't go on: its rule {handoff.Key.Rule} is no longer in the mapping file. Skip it, or mark it done")
            : null;

    // What is half done or in doubt in a tool goes on nowhere else; anything else is decided by its rule as it is now.
    private Said? Toolless(IReadView view, Handoff handoff, string verb) =>
        handoff.State == HandoffState.Dead && (verb is "approve" or "retry" or "edit" or "pick") && view.ActionsOf(handoff.Id) is var actions &&
        Strays.Missing(workspace, actions) is { Order.Tool: var tool } next && (Attempt.DiedInDoubt(next) || actions.Any(a => a.State == ActionState.Done))
            ? new Said(false, $"{handoff.Id} can't go on: its tool `{tool}` is no longer in the mapping file. Bring it back under this name, or skip it, or do it by hand and mark it done")
            : null;

    private Said? Refused(Handoff handoff, string verb, Person who) =>
        Powers.Refusal(who.Role, verb, handoff, workspace.Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule)) is { } refusal ? new Said(false, refusal) : null;

    // Which are meant; where that is not clear, none, and why.
    private (List<Handoff> Chosen, string? Unclear) Choose(IReadView view, string idOrRule)
    {
        if (workspace.Config.Rules.FirstOrDefault(r => r.Name == idOrRule) is { } rule)
        {
            return ([.. view.HandoffsIn([HandoffState.Waiting], int.MaxValue)
                .Where(h => h.Key.Rule == rule.Identity && h.Hold is Hold.Approval or Hold.Limit or Hold.Question)], null);
        }

        if (view.FindHandoff(idOrRule) is { } exact) return ([exact], null);
        var begins = Beginning(view.HandoffsIn([HandoffState.Waiting, HandoffState.Ready, HandoffState.Sending, HandoffState.Dead], int.MaxValue), idOrRule);
        if (begins.Count > 0 && idOrRule.Length < FewestCharacters) return ([], $"`{idOrRule}` is too little of an id: give its first {FewestCharacters} characters at least");
        return begins.Count <= 1 ? (begins, null) : ([], $"`{idOrRule}` begins {string.Join(", ", begins.Select(h => h.Id))}: give more of its id");
    }

    /// <summary>Those whose id begins so.</summary>
    internal static List<Handoff> Beginning(IEnumerable<Handoff> handoffs, string id) =>
        [.. handoffs.Where(h => h.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase))];

    // An invoice that was in doubt and is there after all is the one that it was for.
    private static void LinkInvoice(IUnitOfWork unit, Handoff handoff, ActionOrder order, DateTimeOffset now)
    {
        if (order.Content is not InvoiceContent || unit.FindAccount(order.Tool) is not { } account) return;
        if (unit.RecordsWith(account.Connector, account.Account, RecordKind.Invoice, "key", order.Key).FirstOrDefault(i => !i.Gone && i.Record.Text("status") != "void") is { } invoice)
            unit.AddLink(new RecordLink(handoff.Key.Subject, invoice.Record.Ref, LinkRole.Invoice, handoff.Id, now));
    }

    // It goes on at the write that died, as a new call; what was confirmed is never repeated.
    private void Revive(IUnitOfWork unit, Handoff handoff, DateTimeOffset now)
    {
        var actions = unit.ActionsOf(handoff.Id);
        if (actions.Any(a => a is { State: ActionState.Dead, Failure.Reason: Failure.CameToNothing }))
        {
            // What was asked for is not there: it is asked for anew, and what rests on it follows.
            foreach (var undone in actions.Where(a => a is { State: ActionState.Done, Order.Content: TemplateContent }))
                unit.SaveAction(undone with { State = ActionState.Pending, Revision = undone.Revision + 1, Frozen = null, SendBy = null, Result = null, DoneAt = null, NextAt = now, Attempts = 0 });
            actions = unit.ActionsOf(handoff.Id);
        }

        // A customer that was made for an invoice bills nobody: behind it everything is decided by the facts as they are now.
        var begun = actions.Any(a => a.State == ActionState.Done && a.Order.Content is not CustomerContent);
        foreach (var dead in actions.Where(a => a.State == ActionState.Dead))
        {
            // Where only the look-up failed the doubt remains, and another call could be a second one. How often it was asked for before is forgotten;
            // that it isn't the first time is not.
            var doubted = Attempt.DiedInDoubt(dead);
            begun |= doubted;
            unit.SaveAction(doubted
                ? dead with { State = ActionState.Uncertain, Failure = null, NextAt = dead.NextAt > now ? dead.NextAt : now, Attempts = Math.Min(dead.Attempts, 2) }
                : dead with { State = ActionState.Pending, Revision = dead.Revision + 1, Frozen = null, Failure = null, NextAt = now, Attempts = 0 });
        }

        unit.SaveHandoff(handoff with { State = begun ? HandoffState.Sending : HandoffState.Ready, ReadyAt = now, Reason = "a person retried it" });
        if (!begun) EngineMeter.Came(unit, workspace.RuleName(handoff), HandoffState.Ready);

        // What a person mended may be a fact: a handoff of which nothing was sent is decided by the facts as they are now. Where a
        // customer stands already, the lane reads them live and decides.
        if (actions.All(a => a.State != ActionState.Done)) plans.Plan(unit, handoff.Engagement, now);
    }

    // A customer bills nobody: an invoice of which no more stands may still be left out.
    private static string? TooLate(IReadOnlyList<HandoffAction> actions) =>
        actions.FirstOrDefault(a => a.State is ActionState.Sending or ActionState.Uncertain) is { } sent ? $"{sent.Order.Tool} may have been told of it, and what became of that is found out first"
        : actions.Any(a => a.State == ActionState.Done && a.Order.Content is not CustomerContent) ? "a part of it stands already"
        : null;

    private static string Word(Handoff handoff) => handoff.State switch
    {
        HandoffState.Waiting => "waiting for facts: " + handoff.Reason,
        HandoffState.Baseline => "from before its rule was armed",
        HandoffState.Ready or HandoffState.Sending => "on its way",
        HandoffState.Done => "done",
        HandoffState.Withdrawn => "withdrawn",
        HandoffState.Skipped => "skipped",
        HandoffState.Dead => "in need of a retry: " + handoff.Reason,
    };

    private sealed record Said(bool Done, string Message)
    {
        public static implicit operator Said(string message) => new(true, message);
    }

    private JournalEntry Entry(Handoff handoff, DateTimeOffset now, string name, string message) => new()
    {
        At = now, Level = JournalLevel.Information, Event = name, Message = message, Handoff = handoff.Id, Record = handoff.Key.Subject,
        Client = handoff.Client, Rule = workspace.RuleName(handoff),
    };
}
