using System.Text.Json;
using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>What is particular to Asana's refusals.</summary>
internal static class AsanaVendor
{
    /// <summary>
    /// A token's limits on the free plan (paid: 1,500 a minute). How many may be under way at once is unconfirmed.
    /// https://developers.asana.com/docs/rate-limits
    /// </summary>
    public static IReadOnlyList<QuotaWindow> Windows { get; } =
    [
        new("minute", 150, TimeSpan.FromMinutes(1), "calls a minute"),
        new("reads-at-once", 50, TimeSpan.Zero, "reads at the same time") { Writes = false },
        new("writes-at-once", 15, TimeSpan.Zero, "writes at the same time") { Writes = true },
    ];

    public static WireVendor Wire { get; } = new("Asana")
    {
        Words = Words,
        OneCall = static refusal => refusal.Status is 424,

        // https://developers.asana.com/docs/errors (2025-09)
        Advice = static refusal => refusal.Status switch
        {
            401 => "Make a new token in Asana (My settings, Apps, Developer apps).",
            402 => "It needs a paid Asana plan.",
            403 => "Give the token's user access, in Asana, then try again.",
            424 => "Something else that Asana needed for it failed.",
            451 => "Asana withholds it for legal reasons.",
            >= 500 when PhraseOf(refusal.Body) is { } phrase => $"Asana's support finds the incident by these words: \"{phrase}\".",
            _ => null,
        },
    };

    private static VendorWords Words(ReadOnlyMemory<byte> body)
    {
        var messages = Read(body).Where(error => error?.Message is { Length: > 0 }).Select(error => error.Message!.TrimEnd('.'));
        return new VendorWords(null, string.Join("; ", messages.Take(3)));
    }

    // Four words or so; anything longer is none, and no place for a vendor's page of text.
    private static string? PhraseOf(ReadOnlyMemory<byte> body) => Read(body).Select(error => error?.Phrase).FirstOrDefault(phrase => phrase is { Length: > 0 and < 100 });

    private static List<AsanaError> Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, AsanaJson.Default.AsanaErrors)?.Errors ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
