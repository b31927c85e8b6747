using System.Text;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Http;

/// <summary>Says what happened, for a person: which tool, what to fix, and what happens then. Never a secret.</summary>
internal sealed class WireSentences(string tool, WireVendor vendor)
{
    private const int LongestQuote = 300;

    public IReadOnlyList<Secret> Secrets { get; set; } = [];

    private string Tool => $"{vendor.Name} ({tool})";

    public string Refused(FailureKind kind, WireRefusal refusal, bool oneCall)
    {
        var quote = Quote(refusal.Words.Sentence) is { } words ? $" It says: \"{words}\"." : "";
        var advice = vendor.Advice(refusal) is { } own ? " " + Clean(own) : "";
        return Clean(kind switch
        {
            FailureKind.RateLimited or FailureKind.Unavailable when oneCall =>
                $"{Tool} can't do this just now (HTTP {refusal.Status}). This call alone is made again later; other work goes on.",
            FailureKind.RateLimited => $"{Tool} asks us to slow down: its quota is used up for now. The call is made again later.",
            FailureKind.Unavailable => $"{Tool} is out of order (HTTP {refusal.Status}). The call is made again later.",
            FailureKind.Uncertain =>
                $"{Tool} failed while it was writing (HTTP {refusal.Status}): whether it was done is looked up before anything is sent again.",
            FailureKind.Unauthorized => $"{Tool} refuses the credential. Renew it in the tool's section; the work waits until then.",
            FailureKind.Missing => $"{Tool} doesn't have what the call is about (HTTP {refusal.Status}).",
            FailureKind.Rejected => $"{Tool} said no (HTTP {refusal.Status}).",
            FailureKind.Malformed => $"{Tool} answered in a way that can't be read (HTTP {refusal.Status}).",
        }) + quote + advice;
    }

    public string Spent(DateTimeOffset until) =>
        $"{Tool} is not called before {until:yyyy-MM-dd HH:mm:ss} UTC: what its account may call is used up. If its plan allows more, say so under `quota`.";

    public string UnreadableRead() => $"{Tool} answered in a way that can't be read. Check the tool's baseUrl, or whether its API changed.";

    public string UnreadableWrite() =>
        $"{Tool} took the write, but its answer can't be read: whether it was done is looked up before anything is sent again.";

    public string TooLarge() => $"{Tool} answered with more than can be read at once.";

    public string Unreachable(Uri? address, Exception trouble) =>
        $"{Tool} can't be reached at {address?.GetLeftPart(UriPartial.Authority)}: {Cause(trouble)}. Check the network and the tool's baseUrl; " +
        "the call is made again later.";

    public string CutRead(bool timedOut) => timedOut
        ? $"{Tool} did not answer in time. The call is made again later."
        : $"{Tool} cut the connection before it answered. The call is made again later.";

    public string CutWrite(bool timedOut) => (timedOut ? $"{Tool} did not answer in time" : $"{Tool} cut the connection before it answered") +
        ": whether the write was done is looked up before anything is sent again.";

    private static string Cause(Exception trouble) => trouble is HttpRequestException failed
        ? failed.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "its name is not known",
            HttpRequestError.SecureConnectionError => "no secure connection could be made",
            HttpRequestError.ProxyTunnelError => "the proxy refused",
            _ => "the connection is refused",
        }
        : "the connection failed";

    /// <summary>A vendor's words on one line, of bounded length.</summary>
    private string? Quote(string? words)
    {
        if (string.IsNullOrWhiteSpace(words)) return null;
        var line = new StringBuilder();
        foreach (var character in Clean(words))
        {
            if (!char.IsControl(character)) line.Append(character);
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }

        var text = line.ToString().Trim().TrimEnd('.');
        if (text.Length <= LongestQuote) return text.Length == 0 ? null : text;
        var cut = char.IsHighSurrogate(text[LongestQuote - 1]) ? LongestQuote - 1 : LongestQuote;
        return text[..cut] + "…";
    }

    // Before anything is cut: half a secret would be one that is not found.
    private string Clean(string text) => Secrets.Aggregate(
        text,
        (cleaned, secret) => secret.Reveal() is { Length: >= 4 } hidden ? cleaned.Replace(hidden, "***", StringComparison.Ordinal) : cleaned);
}
