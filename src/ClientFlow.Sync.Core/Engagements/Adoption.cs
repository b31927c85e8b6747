using System.Text;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Engagements;

/// <summary>What is to be done about projects that a person may have made by hand.</summary>
public abstract record AdoptionVerdict
{
    private AdoptionVerdict()
    {
    }

    /// <summary>Nobody made one: ours is to be created.</summary>
    public sealed record Create : AdoptionVerdict;

    /// <summary>Exactly this one was made by hand.</summary>
    public sealed record Adopt(Record Project, string Because) : AdoptionVerdict;

    /// <summary>Several could be the one: a person is asked.</summary>
    public sealed record Ask(IReadOnlyList<Record> Candidates) : AdoptionVerdict;
}

/// <summary>Finds the project that a person made by hand for a deal, so that ours doesn't become its double.</summary>
public static class Adoption
{
    /// <summary>Judges the projects that exist.</summary>
    /// <param name="engagement">The deal's engagement.</param>
    /// <param name="wanted">The project that would be created.</param>
    /// <param name="unlinked">Projects of the tool that are linked to no deal.</param>
    public static AdoptionVerdict Find(Engagement engagement, ProjectContent wanted, IEnumerable<KnownRecord> unlinked)
    {
        var deal = engagement.Deal?.Record;
        var candidates = unlinked
            .Where(p => !p.Gone && p.Record.Text("status") == "open" && !p.Record.Flag("archived") && p.Record.Text("key") is null)
            .Where(p => deal?.Moment("createdAt") is not { } made || p.Record.Moment("createdAt") is not { } born || born > made)
            .Select(p => p.Record)
            .ToList();

        var linked = candidates.Where(p => NamesDeal(p, deal)).ToList();
        if (linked.Count == 1) return new AdoptionVerdict.Adopt(linked[0], "it names the deal");
        if (linked.Count > 1) return new AdoptionVerdict.Ask(linked);

        var named = candidates
            .Where(p => Normalise(p.Text("name")) == Normalise(wanted.Name) && NamesClient(p, wanted, engagement))
            .ToList();
        return named.Count switch
        {
            0 => new AdoptionVerdict.Create(),
            1 => new AdoptionVerdict.Adopt(named[0], "it has the client and the name that ours would get"),
            _ => new AdoptionVerdict.Ask(named),
        };
    }

    /// <summary>A name without what people write differently: case, spaces, the kind of dash.</summary>
    public static string Normalise(string? name)
    {
        var text = new StringBuilder();
        foreach (var c in (name ?? "").Normalize(NormalizationForm.FormKC))
            if (char.IsLetterOrDigit(c)) text.Append(char.ToLowerInvariant(c));
        return text.ToString();
    }

    private static bool NamesDeal(Record project, Record? deal)
    {
        if (deal is null) return false;
        if (deal.Text("projectUrl") is { } page && page == project.Text("url")) return true;
        if (deal.Text("url") is { } url && (project.Text("dealUrl") == url || Mentions(project.Text("notes"), url))) return true;
        return $"{project.Text("dealUrl")}\n{project.Text("notes")}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Any(word => IsAddressOf(word, deal.Ref));
    }

    // The page of deal 678 is the beginning of deal 6789's: what follows it must not go on.
    private static bool Mentions(string? notes, string url)
    {
        for (var at = notes?.IndexOf(url, StringComparison.Ordinal) ?? -1; at >= 0; at = notes!.IndexOf(url, at + 1, StringComparison.Ordinal))
            if (at + url.Length == notes!.Length || !char.IsLetterOrDigit(notes[at + url.Length])) return true;
        return false;
    }

    // People paste what their browser shows: another host of the vendor's, a view, a query. The tool may not even know its own address.
    private static bool IsAddressOf(string word, RecordRef deal) =>
        Uri.TryCreate(word.Trim('<', '>', '(', ')', '.', ',', ';'), UriKind.Absolute, out var address) &&
        address.Host.Split('.').Contains(deal.Connector) &&
        address.Segments.Any(part => part.TrimEnd('/') == deal.Id);

    // A name that doesn't hold the client ("Website") says nothing about whose project it is.
    private static bool NamesClient(Record project, ProjectContent wanted, Engagement engagement)
    {
        var client = Normalise(engagement.ClientName);
        if (client.Length == 0) return false;
        return Normalise(wanted.Name).Contains(client, StringComparison.Ordinal) ||
            Normalise(project.Text("notes")).Contains(client, StringComparison.Ordinal);
    }
}
