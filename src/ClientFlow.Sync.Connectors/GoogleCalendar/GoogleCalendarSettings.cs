using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.GoogleCalendar;

/// <summary>A Google Calendar tool's own keys in the mapping file.</summary>
/// <param name="Credentials">How we sign in, from the file that <c>credentials</c> names.</param>
/// <param name="Calendar">Where reminders go when their person's own calendar can't be written to.</param>
/// <param name="TokenUri">Another address to sign in at; null is the file's own, else Google's.</param>
/// <param name="Subject">The user whom a service account acts for, where the domain's administrator allows it.</param>
public sealed record GoogleCalendarSettings(GoogleCredentials Credentials, string Calendar, Uri? TokenUri, string? Subject)
{
    /// <summary>Reads them; null when one can't be used.</summary>
    public static GoogleCalendarSettings? Bind(SectionReader section)
    {
        var file = section.RequiredFile("credentials");
        var (calendar, tokenUri, subject) = (section.OptionalText("calendar"), section.OptionalUrl("tokenUri"), section.OptionalText("subject"));
        if (file is null) return null;
        var (credentials, mistake) = GoogleCredentials.Read(file);
        if (credentials is not null) return new GoogleCalendarSettings(credentials, calendar ?? "primary", tokenUri, subject);

        var entry = section.Node.Entries.FirstOrDefault(e => e.Key == "credentials");
        section.Diagnostics.Error(
            "CF0520", entry?.Value.Span ?? section.Node.Span, $"the credentials file can't be used: {mistake}", "this file",
            "download the service account's key as JSON, or a file with client_id, client_secret, refresh_token and type: authorized_user");
        return null;
    }
}

/// <summary>Google's own JSON file for a service account, or for a user who agreed once.</summary>
public sealed record GoogleCredentials
{
    public string? Type { get; init; }

    public string? TokenUri { get; init; }

    public string? ClientEmail { get; init; }

    [JsonConverter(typeof(SecretText))]
    public Secret? PrivateKey { get; init; }

    public string? PrivateKeyId { get; init; }

    public string? ClientId { get; init; }

    [JsonConverter(typeof(SecretText))]
    public Secret? ClientSecret { get; init; }

    [JsonConverter(typeof(SecretText))]
    public Secret? RefreshToken { get; init; }

    public bool IsServiceAccount => Type == "service_account";

    /// <summary>Reads the file, or says what is wrong with it.</summary>
    public static (GoogleCredentials? Credentials, string? Mistake) Read(Secret file)
    {
        GoogleCredentials? read;
        try
        {
            read = JsonSerializer.Deserialize(file.Reveal(), GoogleCredentialsJson.Default.GoogleCredentials);
        }
        catch (JsonException)
        {
            return (null, "it is not JSON");
        }

        return read switch
        {
            { Type: "service_account", ClientEmail.Length: > 0, PrivateKey: { } key } => IsKey(key) ? (read, null) : (null, "its private_key can't be read"),
            { Type: "service_account" } => (null, "a service account's file has a client_email and a private_key"),
            { Type: "authorized_user", ClientId.Length: > 0, ClientSecret: not null, RefreshToken: not null } => (read, null),
            { Type: "authorized_user" } => (null, "a user's file has a client_id, a client_secret and a refresh_token"),
            _ => (null, "its type is neither service_account nor authorized_user"),
        };
    }

    private static bool IsKey(Secret key)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(key.Reveal());
            return true;
        }
        catch (Exception broken) when (broken is ArgumentException or CryptographicException)
        {
            return false;
        }
    }
}

/// <summary>Reads a text that must never be shown.</summary>
internal sealed class SecretText : JsonConverter<Secret>
{
    public override Secret? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && reader.GetString() is { Length: > 0 } text ? new Secret(text) : null;

    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GoogleCredentials))]
internal sealed partial class GoogleCredentialsJson : JsonSerializerContext;
