using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Engine.Observing;

/// <summary>Puts engagements together from the mirror and the links. The cost is that of the records involved, whatever the size of the mirror.</summary>
public sealed class EngagementReader(Workspace workspace)
{
    // A client with more open business than this is looked at piece by piece, as its deals change.
    private const int MostDealsOfAClient = 200;

    /// <summary>The roots of the engagements that a record touches.</summary>
    public static IReadOnlyList<RecordRef> RootsOf(IReadView view, RecordRef reference)
    {
        var roots = new HashSet<RecordRef>();
        Collect(view, reference, roots, 0);
        return [.. roots];
    }

    /// <summary>The name of the client that a record belongs to, for the journal; null where it is not known.</summary>
    public static string? ClientOf(IReadView view, Record record)
    {
        if (record.Ref.Kind is RecordKind.Client or RecordKind.Contact) return record.Text("name");
        var deal = record.Ref.Kind == RecordKind.Deal ? record
            : RootsOf(view, record.Ref).Select(root => view.FindRecord(root)?.Record).FirstOrDefault(r => r is not null);
        return (deal is null ? [] : deal.Refs("client").Concat(deal.Refs("contact")).Concat(deal.Refs("contacts")))
            .Select(r => view.FindRecord(r)?.Record.Text("name")).FirstOrDefault(name => name is not null);
    }

    /// <summary>Reads an engagement by its root; null when nothing is known of it.</summary>
    public Engagement? Read(IReadView view, RecordRef root)
    {
        if (view.FindRecord(root) is not { } rootRow) return null;
        var deal = root.Kind == RecordKind.Deal ? rootRow : null;
        var projects = deal is null ? (List<MirrorRow>)[rootRow] : Linked(view, root, LinkRole.Project);

        // Those of a deal that was merged into another are the other's: asked about this one, they would call for nothing, ever.
        if (deal is { Gone: true }) projects.RemoveAll(project => DealsOf(view, project.Record.Ref).Exists(other => other != root && !IsGone(view, other)));

        var sources = new List<RecordRef> { root };
        foreach (var project in projects.Where(p => p.Record.Ref != root)) sources.Add(project.Record.Ref);
        var invoices = sources.SelectMany(s => Linked(view, s, LinkRole.Invoice)).DistinctBy(r => r.Record.Ref).ToList();
        var reminders = sources.SelectMany(s => Linked(view, s, LinkRole.Reminder)).DistinctBy(r => r.Record.Ref).ToList();

        var clientRef = deal?.Record.Refs("client") is [var c, ..] ? c : (RecordRef?)null;
        var contacts = deal is null ? [] : deal.Record.Refs("contact").Concat(deal.Record.Refs("contacts")).Distinct().ToList();
        var contactRows = contacts.Select(view.FindRecord).OfType<MirrorRow>().ToList();
        var clientRow = clientRef is { } known ? view.FindRecord(known) : null;
        var (customer, loose) = Billing(view, clientRef ?? root, contactRows, clientRow);

        return new Engagement
        {
            Root = root,
            Deal = Known(deal),
            Client = Known(clientRow),
            Contacts = [.. contactRows.Select(r => Known(r)!)],
            Projects = [.. projects.Select(r => Known(r)!)],
            Invoices = [.. invoices.Select(r => Known(r)!)],
            Reminders = [.. reminders.Select(r => Known(r)!)],
            Customer = customer,
            LooseInvoices = loose,
            BilledByHand = ByHand(view, sources),
            OtherDeals =
            [
                // One that was merged into this one has no say any more.
                .. projects.SelectMany(p => DealsOf(view, p.Record.Ref)).Where(other => other != root && !IsGone(view, other)).Distinct(),
            ],
        };
    }

    private (KnownRecord? Customer, IReadOnlyList<KnownRecord> Loose) Billing(
        IReadView view, RecordRef client, List<MirrorRow> contacts, MirrorRow? clientRow)
    {
        // A customer that was deleted has another one since, as soon as something was billed again. What was billed to either counts.
        var links = view.LinksFrom(client).Where(l => l.Role == LinkRole.Customer).Select(l => (l.To, Row: view.FindRecord(l.To)))
            .OrderBy(l => l.Row is { Gone: true }).ToList();
        var customers = links.Select(l => l.Row).OfType<MirrorRow>().ToList();
        if (links.TrueForAll(l => l.Row is { Gone: true }) &&
            ((contacts.Count > 0 ? contacts[0].Record.Text("email") : null) is { } email || (email = clientRow?.Record.Text("email")) is not null))
        {
            // Not linked yet: whoever has the address may have been billed by hand.
            foreach (var tool in workspace.Tools.Where(t => t.Account is not null && t.Traits("invoice.create") is not null))
                foreach (var spelling in (string[])[email, email.ToLowerInvariant()])
                    customers.AddRange(view.RecordsWith(tool.Config.Connector, tool.Account!, RecordKind.Client, "email", spelling));
        }

        var loose = customers.DistinctBy(c => c.Record.Ref).SelectMany(c => view.RecordsReferring(c.Record.Ref, RecordKind.Invoice))
            .Where(i => view.LinksTo(i.Record.Ref).Count == 0)
            .Select(i => Known(i)!);
        var customer = links is not [var first, ..] ? null
            : Known(first.Row) ?? new KnownRecord(new Record { Ref = first.To, Fields = Record.NoFields, Version = default }, false);
        return (customer, [.. loose]);
    }

    // An invoice's handoff that is done has linked its invoice, unless a person did it by hand. A draft of ours that stayed empty isn't what that person wrote.
    private List<string> ByHand(IReadView view, IReadOnlyList<RecordRef> sources)
    {
        if (!workspace.Config.Rules.Any(BillsTheRest)) return [];
        return [.. sources.SelectMany(view.HandoffsAbout).Where(h => h.State == HandoffState.Done && IsInvoice(h) && !IsAccountedFor(h)).DistinctBy(h => h.Id).Select(h => h.Title ?? h.Id)];

        bool IsInvoice(Handoff handoff) => workspace.Config.Rules.FirstOrDefault(r => r.Identity == handoff.Key.Rule) is { } rule ? rule.Create is InvoiceBlueprint
            : view.ActionsOf(handoff.Id).Any(a => a.Order.Content is InvoiceContent);

        bool IsAccountedFor(Handoff handoff) => view.LinksFrom(handoff.Key.Subject).Where(l => l.Role == LinkRole.Invoice && l.Handoff == handoff.Id)
            .Any(l => view.FindRecord(l.To) is not { Gone: false } row || row.Record.Text("status") == "void" || row.Record.Amount("total") is not { Amount: 0 });
    }

    private static bool BillsTheRest(HandoffRule rule) => rule.Create is InvoiceBlueprint invoice && invoice.Lines.Any(l => l.Amount is AmountExpression.Remaining);

    private static void Collect(IReadView view, RecordRef reference, HashSet<RecordRef> roots, int depth)
    {
        if (depth > 4) return;
        switch (reference.Kind)
        {
            case RecordKind.Deal:
                roots.Add(reference);
                break;
            case RecordKind.Project:
                var deals = DealsOf(view, reference);
                if (deals.Count == 0) roots.Add(reference);
                roots.UnionWith(deals.Exists(deal => !IsGone(view, deal)) ? deals.Where(deal => !IsGone(view, deal)) : deals);
                break;
            case RecordKind.Milestone or RecordKind.Task:
                foreach (var project in view.FindRecord(reference)?.Record.Refs("project") ?? []) Collect(view, project, roots, depth + 1);
                break;
            case RecordKind.Invoice or RecordKind.Reminder:
                foreach (var link in view.LinksTo(reference)) Collect(view, link.From, roots, depth + 1);
                break;
            case RecordKind.Client or RecordKind.Contact:
                foreach (var deal in view.RecordsReferring(reference, RecordKind.Deal).Take(MostDealsOfAClient)) roots.Add(deal.Record.Ref);
                break;
        }
    }

    private static List<RecordRef> DealsOf(IReadView view, RecordRef project) =>
        [.. view.LinksTo(project).Where(l => l.Role == LinkRole.Project).Select(l => l.From)];

    private static bool IsGone(IReadView view, RecordRef reference) => view.FindRecord(reference) is { Gone: true };

    private static List<MirrorRow> Linked(IReadView view, RecordRef from, LinkRole role) =>
        [.. view.LinksFrom(from).Where(l => l.Role == role).Select(l => view.FindRecord(l.To)).OfType<MirrorRow>()];

    private static KnownRecord? Known(MirrorRow? row) => row is null ? null : new KnownRecord(row.Record, row.Gone);
}
