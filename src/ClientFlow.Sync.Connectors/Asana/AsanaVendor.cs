using System.Text.Json;
using ClientFlow.Sync.Connectors.Http;

namespace ClientFlow.Sync.Connectors.Asana;

/// <summary>What is particular to Asana's refusals.</summary>
internal static class AsanaVendor
{
    public static WireVendor Wire { get; } = new("Asana")
    {
        Words = Words,
        Advice = static refusal => refusal.Status switch
        {
            402 => "It needs a paid Asana plan.",
            403 => "Give the token's user access, in Asana, then try again.",
            451 => "Asana withholds it for legal reasons.",
            _ => null,
        },
    };

    private static VendorWords Words(ReadOnlyMemory<byte> body)
    {
        try
        {
            var errors = JsonSerializer.Deserialize(body.Span, AsanaJson.Default.AsanaErrors)?.Errors ?? [];
            var messages = errors.Where(error => error?.Message is { Length: > 0 }).Select(error => error.Message!.TrimEnd('.'));
            return new VendorWords(null, string.Join("; ", messages.Take(3)));
        }
        catch (JsonException)
        {
            return VendorWords.None;
        }
    }
}
