using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>Reads by events, in full and one by one.</summary>
internal sealed class StripeReader(StripeClient client, TimeProvider clock) : IReads
{
    public const string Customers = "customers";
    public const string Invoices = "invoices";

    // Events become visible a little out of order: this much is asked for again, and known ones are dropped by id.
    private const long OverlapSeconds = 15;

    // Where there is no event yet to begin from, only our own clock is left, and it may be wrong by as much as a signature may.
    private const long ClockErrorSeconds = 300;

    // Stripe keeps events for 30 days; the hour is for a poll that takes long. https://docs.stripe.com/api/events (2026-11-23)
    private static readonly TimeSpan EventsKept = TimeSpan.FromDays(30) - TimeSpan.FromHours(1);

    private static readonly string[] CustomerEvents = ["customer.created", "customer.updated", "customer.deleted"];

    private static readonly string[] InvoiceEvents =
    [
        "invoice.created", "invoice.updated", "invoice.deleted", "invoice.finalized", "invoice.finalization_failed", "invoice.sent",
        "invoice.paid", "invoice.payment_succeeded", "invoice.payment_failed", "invoice.voided", "invoice.marked_uncollectible",
    ];

    public async Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        if (StripeCursor.Of(cursor) is not { AskedAt: > 0 } at || began - DateTimeOffset.FromUnixTimeSeconds(at.AskedAt) > EventsKept)
            return Restart(began);

        var asked = await client.EventsAsync(TypesOf(stream), at.Since - OverlapSeconds, at.Walk?.After, cancellationToken);
        if (!asked.Succeeded(out var page, out var failure))
        {
            // The event that the next page starts after is no longer kept: the poll begins anew from where it began.
            return failure.Kind is FailureKind.Missing && at.Walk is not null
                ? new StreamPage { ReadBegan = began, Next = (at with { Walk = null }).ToCursor(), More = true }
                : failure;
        }

        var hints = page.Items.Where(e => e.Id is null || !at.Seen.Contains(e.Id)).Select(StripeMapper.Hint).OfType<RecordHint>()
            .Distinct().Reverse().ToList();
        var walk = Extend(at, page.Items, began);
        var more = page.HasMore && page.Items is [.., { Id: not null }];
        return new StreamPage
        {
            ReadBegan = began,
            Hints = hints,
            Next = more
                ? (at with { Walk = walk }).ToCursor()
                : new StripeCursor { Since = walk.Newest, Seen = walk.Seen, AskedAt = walk.BeganAt }.ToCursor(),
            More = more,
        };
    }

    public async Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        var at = StripeCursor.Of(from);
        if (at?.ListAfter is null)
        {
            // The newest event before the list is where polling begins after it: found by Stripe's clock, not by ours.
            var asked = await client.EventsAsync(TypesOf(stream), null, null, cancellationToken);
            if (!asked.Succeeded(out var newest, out var refused)) return refused;
            var start = new StripeCursor { Since = began.ToUnixTimeSeconds() - ClockErrorSeconds, AskedAt = began.ToUnixTimeSeconds() };
            at = newest.Items is [{ Created: { } second }, ..]
                ? start with { Since = second, Seen = Extend(start with { Since = second }, newest.Items, began).Seen }
                : start;
        }

        var listed = stream switch
        {
            Customers => (await client.CustomersAsync(null, at.ListAfter, cancellationToken)).Then(p => Listed(
                p, c => c.Id, StripeMapper.Client)),
            Invoices => (await client.InvoicesAsync(null, at.ListAfter, cancellationToken)).Then(p => Listed(
                p, i => i.Id, StripeMapper.Invoice)),
            _ => throw new ArgumentOutOfRangeException(nameof(stream), stream, "not a stream of Stripe's"),
        };
        if (!listed.Succeeded(out var page, out var failure))
        {
            // Somebody deleted the object that the next page starts after.
            return failure.Kind is FailureKind.Missing && at.ListAfter is not null ? Restart(began) : failure;
        }

        return new StreamPage
        {
            ReadBegan = began,
            Records = page.Records,
            Next = (at with { ListAfter = page.After }).ToCursor(),
            More = page.After is not null,
        };
    }

    public async Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        var records = new List<SourceRecord>();
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            var read = kind switch
            {
                RecordKind.Client => (await client.CustomerAsync(id, cancellationToken)).Then(c => c.Id is null ? null : StripeMapper.Client(c)),
                RecordKind.Invoice => (await client.InvoiceAsync(id, cancellationToken)).Then(i => i.Id is null ? null : StripeMapper.Invoice(i)),
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind that Stripe has"),
            };
            if (read.Succeeded(out var record, out var failure))
            {
                if (record is null) return client.Unreadable(id);
                records.Add(record);
            }
            else if (failure.Kind is FailureKind.Missing)
            {
                records.Add(StripeMapper.Gone(kind, id));
            }
            else
            {
                return failure;
            }
        }

        return new StreamPage { ReadBegan = began, Records = records, Next = new Cursor(""), More = false };
    }

    // The walk over a poll's pages: its newest second, and which events lie so near to it that the next poll meets them again.
    private static StripeWalk Extend(StripeCursor at, IReadOnlyList<StripeEvent> events, DateTimeOffset began)
    {
        var newest = Math.Max(at.Walk?.Newest ?? at.Since, events.Count == 0 ? 0 : events.Max(e => e.Created ?? 0));
        var near = events.Where(e => e.Created >= newest - OverlapSeconds).Select(e => e.Id).OfType<string>();

        // Events beyond what Stripe keeps are not shown again; while nothing newer came, what is known of them stays.
        var known = at.Walk?.Seen ?? (newest == at.Since ? at.Seen : []);
        return new StripeWalk(
            events is [.., { Id: { } last }] ? last : "", newest, [.. known.Union(near)], at.Walk?.BeganAt ?? began.ToUnixTimeSeconds());
    }

    private static (IReadOnlyList<SourceRecord> Records, string? After) Listed<T>(
        StripeList<T> page, Func<T, string?> id, Func<T, SourceRecord> map) =>
        ([.. page.Items.Where(item => id(item) is not null).Select(map)], page.HasMore && page.Items is [.., var last] ? id(last) : null);

    private static StreamPage Restart(DateTimeOffset began) =>
        new() { ReadBegan = began, Next = new StripeCursor().ToCursor(), More = false, Expired = true };

    private static string[] TypesOf(string stream) => stream switch
    {
        Customers => CustomerEvents,
        Invoices => InvoiceEvents,
        _ => throw new ArgumentOutOfRangeException(nameof(stream), stream, "not a stream of Stripe's"),
    };
}
