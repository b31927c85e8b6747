using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Storage.Json;

/// <summary>The stored form of everything else. Strict: what these types don't know is an error, not a loss.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(MoneyJson)])]
[JsonSerializable(typeof(ActionContent))]
[JsonSerializable(typeof(FrozenCall))]
[JsonSerializable(typeof(ActionResult))]
[JsonSerializable(typeof(Failure))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class StorageJson : JsonSerializerContext
{
    public static string Write(ActionContent content) => JsonSerializer.Serialize(content, Stored.ActionContent);

    public static string? Write(FrozenCall? call) => call is null ? null : JsonSerializer.Serialize(call, Stored.FrozenCall);

    public static string? Write(ActionResult? result) => result is null ? null : JsonSerializer.Serialize(result, Stored.ActionResult);

    public static string? Write(Failure? failure) => failure is null ? null : JsonSerializer.Serialize(failure, Stored.Failure);

    public static string Write(IReadOnlyList<string> texts) => texts.Count == 0 ? "[]" : JsonSerializer.Serialize(texts, Stored.IReadOnlyListString);

    public static string Write(IReadOnlyDictionary<string, string> texts) =>
        texts.Count == 0 ? "{}" : JsonSerializer.Serialize(texts, Stored.IReadOnlyDictionaryStringString);

    public static ActionContent ReadContent(string json) => Read(json, Stored.ActionContent);

    public static FrozenCall? ReadCall(string? json) => json is null ? null : Read(json, Stored.FrozenCall);

    public static ActionResult? ReadResult(string? json) => json is null ? null : Read(json, Stored.ActionResult);

    public static Failure? ReadFailure(string? json) => json is null ? null : Read(json, Stored.Failure);

    public static IReadOnlyList<string> ReadList(string json) => json == "[]" ? [] : Read(json, Stored.IReadOnlyListString);

    public static IReadOnlyDictionary<string, string> ReadMap(string json) => Read(json, Stored.IReadOnlyDictionaryStringString);

    /// <summary>HTTP headers: their names are equal whatever their case.</summary>
    public static IReadOnlyDictionary<string, string> ReadHeaders(string json) =>
        new Dictionary<string, string>(ReadMap(json), StringComparer.OrdinalIgnoreCase);

    // Made when first asked for: the generated half of this class has static fields too, in an order that nobody promises.
    private static StorageJson Stored => Made.Context;

    private static T Read<T>(string json, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type) ?? throw new JsonException($"no {typeof(T).Name} in the stored text");

    private static class Made
    {
        public static readonly StorageJson Context =
            new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}

/// <summary>Money with every decimal that it came with.</summary>
internal sealed class MoneyJson : JsonConverter<Money>
{
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        decimal? amount = null;
        string? currency = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "amount": amount = reader.GetDecimal(); break;
                case "currency": currency = reader.GetString(); break;
                default: throw new JsonException($"money has no '{name}'");
            }
        }

        return new Money(amount ?? throw new JsonException("money without an amount"), currency ?? throw new JsonException("money without a currency"));
    }

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("amount", value.Amount);
        writer.WriteString("currency", value.Currency);
        writer.WriteEndObject();
    }
}
