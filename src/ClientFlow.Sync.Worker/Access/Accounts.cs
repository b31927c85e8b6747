using System.Security.Cryptography;
using System.Text;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Engine.People;

namespace ClientFlow.Sync.Worker.Access;

/// <summary>Somebody who may sign in.</summary>
/// <param name="Key">How the person proves who it is, and the name or address for that.</param>
/// <param name="Stamp">Changes with the role, the password and the provider: a session or a known browser of another stamp is none.</param>
public sealed record Account(string Key, Person Person, string Stamp);

/// <summary>Who may sign in, as the mapping file has it.</summary>
public sealed class Accounts
{
    private readonly Dictionary<string, (Account Account, PasswordHash? Password)> byKey = new(StringComparer.Ordinal);

    public Accounts(AccessConfig config)
    {
        foreach (var user in config.Users)
            Add(KeyOfName(user.Name), user.Name, user.Role, user.Password.Text, user.Password);
        if (config.Oidc is not { } oidc) return;
        foreach (var (email, role) in oidc.People)
            Add(KeyOfEmail(email), email, role, $"{oidc.Authority}|{oidc.ClientId}", null);
    }

    /// <summary>Somebody by the key of a session.</summary>
    public Account? Find(string? key) => key is not null && byKey.TryGetValue(key, out var found) ? found.Account : null;

    /// <summary>Somebody with a password, by the typed name in any case.</summary>
    public (Account Account, PasswordHash Password)? FindName(string name) =>
        byKey.TryGetValue(KeyOfName(name), out var found) && found.Password is { } password ? (found.Account, password) : null;

    /// <summary>Somebody whom the provider knows.</summary>
    public Account? FindEmail(string email) => Find(KeyOfEmail(email));

    private static string KeyOfName(string name) => "password:" + name.Trim().ToUpperInvariant();

    // Only A to Z are one with a to z: of other scripts, one letter's capital can be another's.
    private static string KeyOfEmail(string email) => "oidc:" + string.Concat(email.Select(static c => char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c));

    private void Add(string key, string name, Role role, string proof, PasswordHash? password)
    {
        var stamp = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key}|{role}|{proof}"))[..16]);
        byKey[key] = (new Account(key, new Person(name, role), stamp), password);
    }
}
