using System.Text.Json;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Mapping;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.HubSpot;

/// <summary>Polls, lists and reads objects. A deal brings its primary company and contact along.</summary>
internal sealed class HubSpotReader(HubSpotClient client, HubSpotAccount account, ToolContext context)
{
    // A search refuses to page past 10,000 results.
    private const int MostResults = 10_000;
    private const string NotFound = "OBJECT_NOT_FOUND";

    // Our clock and HubSpot's may differ: the first poll after a full list looks back further than the usual overlap.
    private static readonly TimeSpan FirstLookBack = TimeSpan.FromMinutes(5);

    public async Task<Outcome<StreamPage>> PollAsync(string stream, Cursor cursor, CancellationToken cancellationToken)
    {
        if (HubSpotType.OfStream(stream) is not { } type) return NoSuch(stream);
        var began = context.Clock.GetUtcNow();
        var at = HubSpotCursor.Parse(cursor);
        var found = await client.SearchAsync(type, at.From, at.After, PropertiesOf(type), cancellationToken);
        if (!found.Succeeded(out var page, out var failure)) return failure;

        var rows = page.Results ?? [];
        var lately = at.Lately.ToDictionary();
        var seen = at.Seen;
        var fresh = new List<HubSpotObject>();
        foreach (var row in rows)
        {
            var modified = HubSpotMapper.ModifiedOf(type, row);
            if (row.Id is { } id && !at.Knows(id, modified)) fresh.Add(row);
            if (modified is not { } version || row.Id is null) continue;
            lately[row.Id] = version;
            seen = Math.Max(seen, version);
        }

        // On the way through a long poll only what the overlap can bring again is carried.
        lately = lately.Where(entry => entry.Value >= seen - 60_000).ToDictionary();
        var after = page.Paging?.Next?.After;

        // An offset counts rows that move while we page: what is changed meanwhile goes to the end, and the row that takes its place is
        // never shown. So the next page is asked for by the last value; by offset only where a whole page has one and the same.
        var next = after is null ? HubSpotCursor.Next(seen, lately)
            : seen > at.From ? at.Restart(seen, lately)
            : int.TryParse(after, out var offset) && offset + HubSpotClient.SearchLimit > MostResults ? at.Restart(seen, lately)
            : at.Page(after, seen, lately);
        return await PageAsync(type, fresh, began, next.Write(), after is not null, cancellationToken);
    }

    public async Task<Outcome<StreamPage>> ListAsync(string stream, Cursor? from, CancellationToken cancellationToken)
    {
        if (HubSpotType.OfStream(stream) is not { } type) return NoSuch(stream);
        var began = context.Clock.GetUtcNow();
        var parts = (from?.Text ?? "").Split(';');
        var started = long.TryParse(parts[0], out var at) ? at : began.ToUnixTimeMilliseconds();
        var found = await client.ListAsync(type, parts.ElementAtOrDefault(1), PropertiesOf(type), cancellationToken);
        if (!found.Succeeded(out var page, out var failure)) return failure;

        var after = page.Paging?.Next?.After;
        var next = after is null
            ? HubSpotCursor.Since(started - (long)FirstLookBack.TotalMilliseconds).Write()
            : new Cursor($"{started};{after}");
        return await PageAsync(type, page.Results ?? [], began, next, after is not null, cancellationToken);
    }

    public async Task<Outcome<StreamPage>> ReadAsync(RecordKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (HubSpotType.OfKind(kind) is not { } type) return NoSuch(Names.Of(kind));
        var began = context.Clock.GetUtcNow();
        var read = await ReadAsync(type, [.. ids.Where(id => id.Length > 0).Distinct()], cancellationToken);
        if (!read.Succeeded(out var rows, out var failure)) return failure;
        var paged = await PageAsync(type, rows.Found, began, default, false, cancellationToken);
        if (!paged.Succeeded(out var page, out failure)) return failure;
        return page with { Records = [.. page.Records, .. rows.Gone.Select(id => HubSpotMapper.Gone(kind, id))] };
    }

    private async Task<Outcome<(List<HubSpotObject> Found, List<string> Gone)>> ReadAsync(
        HubSpotType type, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = new List<HubSpotObject>();
        var gone = new List<string>();
        foreach (var chunk in ids.Chunk(HubSpotClient.BatchLimit))
        {
            var answer = await client.ReadAsync(type, chunk, PropertiesOf(type), cancellationToken);
            if (!answer.Succeeded(out var batch, out var failure))
            {
                if (failure.Kind is not FailureKind.Missing) return failure;
                batch = new HubSpotObjects(); // Some of them aren't there, and the answer doesn't say which.
            }

            // A merged object answers under its new id: then the old one is settled by a direct read.
            var results = (batch.Results ?? []).Where(row => row.Id is not null).ToList();
            found.AddRange(results);
            var told = (batch.Errors ?? []).Where(error => error.Category == NotFound).SelectMany(error => error.Listed("ids")).ToHashSet();
            foreach (var id in chunk.Except(results.Select(row => row.Id!)))
            {
                if (told.Contains(id))
                {
                    gone.Add(id);
                    continue;
                }

                var one = await client.ReadOneAsync(type, id, PropertiesOf(type), cancellationToken);
                if (one.Succeeded(out var row, out failure) && row.Id == id) found.Add(row);
                else if (failure is null || failure.Kind == FailureKind.Missing) gone.Add(id);
                else return failure;
            }
        }

        return (found, gone);
    }

    private async Task<Outcome<StreamPage>> PageAsync(
        HubSpotType type, IReadOnlyList<HubSpotObject> rows, DateTimeOffset began, Cursor next, bool more, CancellationToken cancellationToken)
    {
        var links = new Dictionary<string, HubSpotLinks>();
        var along = new List<(HubSpotType Type, HubSpotObject Row)>();
        var around = account.WithoutDeals();
        var live = rows.Where(row => row is { Id: not null, Archived: not true }).ToList();
        if (type == HubSpotType.Deal && live.Count > 0)
        {
            if (!(await account.ForDealsAsync(live, cancellationToken)).Succeeded(out around, out var failure)) return failure;
            if (!(await LinksAsync([.. live.Select(row => row.Id!)], cancellationToken)).Succeeded(out links, out failure)) return failure;
            foreach (var (kind, ids) in new[]
            {
                (HubSpotType.Company, links.Values.Select(link => link.Company)),
                (HubSpotType.Contact, links.Values.Select(link => link.Contact)),
            })
            {
                var read = await ReadAsync(kind, [.. ids.OfType<string>().Distinct()], cancellationToken);
                if (!read.Succeeded(out var others, out failure)) return failure;
                along.AddRange(others.Found.Select(row => (kind, row)));
            }
        }

        return new StreamPage
        {
            ReadBegan = began,
            Records =
            [
                .. along.Concat(rows.Select(row => (Type: type, Row: row)))
                    .Select(one => HubSpotMapper.Record(
                        one.Type, one.Row, MappingOf(one.Type), around, links.GetValueOrDefault(one.Row.Id ?? "")))
                    .OfType<SourceRecord>(),
            ],
            Next = next,
            More = more,
        };
    }

    private async Task<Outcome<Dictionary<string, HubSpotLinks>>> LinksAsync(IReadOnlyList<string> deals, CancellationToken cancellationToken)
    {
        if (!(await AssociatedAsync(HubSpotType.Company, deals, cancellationToken)).Succeeded(out var companies, out var failure)) return failure;
        if (!(await AssociatedAsync(HubSpotType.Contact, deals, cancellationToken)).Succeeded(out var contacts, out failure)) return failure;
        return deals.Distinct().ToDictionary(deal => deal, deal => HubSpotMapper.Links(
            companies.GetValueOrDefault(deal) ?? [], contacts.GetValueOrDefault(deal) ?? []));
    }

    private async Task<Outcome<Dictionary<string, List<HubSpotAssociated>>>> AssociatedAsync(
        HubSpotType to, IReadOnlyList<string> deals, CancellationToken cancellationToken)
    {
        var associated = new Dictionary<string, List<HubSpotAssociated>>();
        var open = new Queue<HubSpotInput>(deals.Distinct().Select(id => new HubSpotInput(id)));
        while (open.Count > 0)
        {
            var inputs = Enumerable.Range(0, Math.Min(open.Count, HubSpotClient.BatchLimit)).Select(_ => open.Dequeue()).ToList();
            var answer = await client.AssociationsAsync(HubSpotType.Deal, to, inputs, cancellationToken);
            if (!answer.Succeeded(out var page, out var failure))
            {
                // A batch in which no deal has any association may be answered with 404; so may one in which a single deal is gone.
                if (failure.Kind != FailureKind.Missing) return failure;
                page = new HubSpotAssociations(null, [new HubSpotError()]);
            }

            foreach (var result in page.Results ?? [])
            {
                if (result.From?.Id is not { } deal) continue;
                if (!associated.TryGetValue(deal, out var list)) associated[deal] = list = [];
                var before = list.Count;
                list.AddRange(result.To ?? []);

                // One deal with very many contacts is paged within the batch; a page that brings nothing ends it.
                if (result.Paging?.Next?.After is { } after && list.Count > before) open.Enqueue(new HubSpotInput(deal, after));
            }

            foreach (var input in Untold(inputs, page))
            {
                if (!(await AloneAsync(to, input, cancellationToken)).Succeeded(out var found, out failure)) return failure;
                associated[input.Id!] = [.. associated.GetValueOrDefault(input.Id!) ?? [], .. found];
            }
        }

        return associated;
    }

    // A deal that trouble hides must not be taken for one without a company: its contact would be the client, and be billed.
    private static List<HubSpotInput> Untold(List<HubSpotInput> inputs, HubSpotAssociations page)
    {
        if (page.Errors is not { Count: > 0 } errors) return [];
        var told = (page.Results ?? []).Select(result => result.From?.Id)
            .Concat(errors.Where(error => error.Category == NotFound).SelectMany(error => error.Listed("fromObjectId"))).ToHashSet();
        return [.. inputs.Where(input => !told.Contains(input.Id))];
    }

    private async Task<Outcome<List<HubSpotAssociated>>> AloneAsync(HubSpotType to, HubSpotInput input, CancellationToken cancellationToken)
    {
        var all = new List<HubSpotAssociated>();
        var after = input.After;
        do
        {
            var answer = await client.AssociatedAsync(HubSpotType.Deal, input.Id!, to, after, cancellationToken);
            if (!answer.Succeeded(out var page, out var failure)) return failure is { Kind: FailureKind.Missing, Reason: NotFound } ? all : failure;
            all.AddRange(page.Results ?? []);
            after = page.Results is { Count: > 0 } ? page.Paging?.Next?.After : null;
        }
        while (after is not null);

        return all;
    }

    private RecordMapping? MappingOf(HubSpotType type) => context.Mappings.GetValueOrDefault(type.Kind);

    private IReadOnlyList<string> PropertiesOf(HubSpotType type) => HubSpotMapper.Properties(type, MappingOf(type));

    private static Failure NoSuch(string what) => new(FailureKind.Rejected, $"HubSpot has no stream of {what} here.");
}
