using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Storage.Json;

/// <summary>
/// The stored form of a record's fields and of their changes: compact, the same for equal values, and typed. Text is a plain
/// string, a number a number, yes and no <c>true</c> and <c>false</c>; every other type is an object with one telling name.
/// </summary>
internal static class FieldJson
{
    // Stored, never put into a page as it is: names with an apostrophe or a dash stay readable in the file.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ImmutableSortedDictionary<string, FieldValue> fields) => Written(fields, static (writer, fields) =>
    {
        writer.WriteStartObject();
        foreach (var (name, value) in fields)
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    });

    public static ImmutableSortedDictionary<string, FieldValue> Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        var fields = ImmutableSortedDictionary.CreateBuilder<string, FieldValue>(StringComparer.Ordinal);
        Expect(ref reader, JsonTokenType.StartObject);
        while (Property(ref reader) is { } name) fields.Add(name, Value(ref reader));
        return fields.ToImmutable();
    }

    /// <summary>Changed fields by name, each with the pair of what it was and what it is; null where it had, or has, no value.</summary>
    public static string Write(ImmutableArray<FieldChange> changes) => Written(changes, static (writer, changes) =>
    {
        writer.WriteStartObject();
        foreach (var change in changes)
        {
            writer.WriteStartArray(change.Field);
            Write(writer, change.Before);
            Write(writer, change.After);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    });

    public static ImmutableArray<FieldChange> ReadChanges(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        var changes = ImmutableArray.CreateBuilder<FieldChange>();
        Expect(ref reader, JsonTokenType.StartObject);
        while (Property(ref reader) is { } name)
        {
            Expect(ref reader, JsonTokenType.StartArray);
            changes.Add(new FieldChange(name, ValueOrNull(ref reader), ValueOrNull(ref reader)));
            Expect(ref reader, JsonTokenType.EndArray);
        }

        return changes.ToImmutable();
    }

    private static string Written<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Compact)) write(writer, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, FieldValue? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case FieldValue.Text text:
                writer.WriteStringValue(text.Value);
                break;
            case FieldValue.Number number:
                writer.WriteNumberValue(number.Value);
                break;
            case FieldValue.Flag flag:
                writer.WriteBooleanValue(flag.Value);
                break;
            case FieldValue.Amount amount:
                writer.WriteStartObject();
                writer.WriteNumber("amount", amount.Value.Amount);
                writer.WriteString("currency", amount.Value.Currency);
                writer.WriteEndObject();
                break;
            case FieldValue.Day day:
                One(writer, "day", day.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                break;
            case FieldValue.Moment moment:
                One(writer, "moment", moment.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
                break;
            case FieldValue.Reference reference:
                One(writer, "ref", reference.Value.ToString());
                break;
            case FieldValue.References references:
                writer.WriteStartObject();
                writer.WriteStartArray("refs");
                foreach (var one in references.Values) writer.WriteStringValue(one.ToString());
                writer.WriteEndArray();
                writer.WriteEndObject();
                break;
            default:
                throw new InvalidOperationException($"a kind of value that has no stored form: {value.GetType().Name}");
        }
    }

    private static void One(Utf8JsonWriter writer, string name, string text)
    {
        writer.WriteStartObject();
        writer.WriteString(name, text);
        writer.WriteEndObject();
    }

    private static FieldValue Value(ref Utf8JsonReader reader) => ValueOrNull(ref reader) ?? throw new JsonException("a field without a value");

    private static FieldValue? ValueOrNull(ref Utf8JsonReader reader)
    {
        Next(ref reader);
        switch (reader.TokenType)
        {
            case JsonTokenType.Null: return null;
            case JsonTokenType.String: return new FieldValue.Text(reader.GetString()!);
            case JsonTokenType.Number: return new FieldValue.Number(reader.GetDecimal());
            case JsonTokenType.True: return new FieldValue.Flag(true);
            case JsonTokenType.False: return new FieldValue.Flag(false);
            case JsonTokenType.StartObject: break;
            default: throw new JsonException($"a field's value can't be {reader.TokenType}");
        }

        var name = Property(ref reader);
        FieldValue value = name switch
        {
            "amount" => Amount(ref reader),
            "day" => new FieldValue.Day(DateOnly.ParseExact(Text(ref reader), "yyyy-MM-dd", CultureInfo.InvariantCulture)),
            "moment" => new FieldValue.Moment(DateTimeOffset.ParseExact(
                Text(ref reader), "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)),
            "ref" => new FieldValue.Reference(RecordRef.Parse(Text(ref reader))),
            "refs" => References(ref reader),
            _ => throw new JsonException($"a field's value can't be told by '{name}'"),
        };
        Expect(ref reader, JsonTokenType.EndObject);
        return value;
    }

    private static FieldValue.Amount Amount(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.Number);
        var amount = reader.GetDecimal();
        return Property(ref reader) == "currency"
            ? new FieldValue.Amount(new Money(amount, Text(ref reader)))
            : throw new JsonException("an amount without a currency");
    }

    private static FieldValue.References References(ref Utf8JsonReader reader)
    {
        var references = new List<RecordRef>();
        Expect(ref reader, JsonTokenType.StartArray);
        while (Next(ref reader) != JsonTokenType.EndArray)
            references.Add(reader.TokenType == JsonTokenType.String
                ? RecordRef.Parse(reader.GetString()!)
                : throw new JsonException("a reference is text"));
        return new FieldValue.References(references);
    }

    /// <summary>The next property's name; null at the end of the object.</summary>
    private static string? Property(ref Utf8JsonReader reader) => Next(ref reader) switch
    {
        JsonTokenType.PropertyName => reader.GetString(),
        JsonTokenType.EndObject => null,
        _ => throw new JsonException($"unexpected {reader.TokenType}"),
    };

    private static string Text(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.String);
        return reader.GetString()!;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (Next(ref reader) != type) throw new JsonException($"{type} was expected, {reader.TokenType} was found");
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new JsonException("the text ends too early");
}
