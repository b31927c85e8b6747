using System.Globalization;
using System.Text;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Binds <c>access</c>: who may sign in.</summary>
internal static class AccessBinder
{
    private const int LongestName = 64;

    private static readonly string[] Roles = ["owner", "assistant"];

    public static AccessConfig? Bind(SectionReader file)
    {
        if (file.Section(file.Entry("access")) is not { } section) return null;
        var before = section.Diagnostics.Errors;
        var url = Url(section, "url");
        var users = Users(section);
        var oidc = Oidc(section, url);
        section.Finish();
        if (section.Diagnostics.Errors == before && users.Count == 0 && oidc is null)
        {
            section.Diagnostics.Error(Codes.NobodySignsIn, section.At, "`access` names nobody who may sign in", "neither `users` nor `oidc` follows",
                "add `users: [ { name: Anna, role: owner, password: \"${ANNA_PASSWORD}\" } ]`, or leave `access` out: the pages then answer to their own machine alone");
        }

        return new AccessConfig { Url = url, Users = users, Oidc = oidc };
    }

    private static List<UserConfig> Users(SectionReader access)
    {
        var users = new List<UserConfig>();
        var named = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in access.Items(access.Entry("users")) ?? [])
        {
            if (item is not MappingNode mapping)
            {
                access.Diagnostics.Error(Codes.WrongShape, item.Span, $"`{access.Name("users")}` takes people, not {(item is ScalarNode ? "a single value" : item.Shape)}", "not a person",
                    "write it as in `- { name: Anna, role: owner, password: \"${ANNA_PASSWORD}\" }`");
                continue;
            }

            var section = new SectionReader(mapping, access.Diagnostics, access.Secrets) { Path = access.Name("users"), At = mapping.Span };
            var name = Name(section, named);
            var role = RoleOf(section);
            var password = Password(section);
            section.Finish();
            if (name is not null && role is { } known && password is not null) users.Add(new UserConfig(name, known, password));
        }

        return users;
    }

    // It stands in the journal as who decided, and colons part what is stored beside it there.
    private static string? Name(SectionReader user, HashSet<string> named)
    {
        if (user.RequiredText("name") is not { } name) return null;
        var span = user.Entry("name")!.Value.Span;
        if (name.Length > LongestName || !name.EnumerateRunes().All(IsOfAName))
        {
            user.Diagnostics.Error(Codes.NotAPerson, span, $"`{user.Name("name")}` can't be a person's name", "takes up to 64 letters, digits, spaces and `. - _ ' @ +`");
            return null;
        }

        if (named.Add(name)) return name;
        user.Diagnostics.Error(Codes.SamePerson, span, $"two people of `{user.Path}` have the same name", "named above already", "give each person a name of its own; upper and lower case are the same");
        return null;
    }

    private static bool IsOfAName(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '.' or '-' or '_' or '\'' or '@' or '+' ||
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static Role? RoleOf(SectionReader user)
    {
        if (user.RequiredText("role") is not { } role) return null;
        switch (role)
        {
            case "owner": return Role.Owner;
            case "assistant": return Role.Assistant;
            default:
                user.Diagnostics.Error(Codes.UnknownWord, user.Entry("role")!.Value.Span, $"unknown role in `{user.Path}`", "not a role", Suggestions.DidYouMeanOrOneOf(role, Roles));
                return null;
        }
    }

    private static PasswordHash? Password(SectionReader user)
    {
        if (user.RequiredSecret("password") is not { } given) return null;
        if (PasswordHash.Parse(given.Reveal()) is { } hash) return hash;
        user.Diagnostics.Error(Codes.NotAHash, user.Entry("password")!.Value.Span, $"`{user.Name("password")}` holds no hash of a password", "not a hash that `clientflow password` printed",
            "run `clientflow password`, and put what it prints in the place of what is there; if the password itself is there, choose a new one");
        return null;
    }

    private static OidcConfig? Oidc(SectionReader access, Uri? url)
    {
        if (access.Section(access.Entry("oidc")) is not { } section) return null;
        var before = section.Diagnostics.Errors;
        if (url is null)
            access.RequiredEntry("url", "OpenID Connect sends people back to an address: write where they open the pages, as in `url: https://flow.your-business.example`");
        var authority = Url(section, "authority", pathToo: true);
        if (section.Entry("authority") is null) section.RequiredEntry("authority", "the provider's issuer, as in `authority: https://accounts.google.com`");
        var clientId = section.RequiredText("clientId");
        var clientSecret = section.RequiredSecret("clientSecret");
        var people = new Dictionary<string, Role>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, role) in (ReadOnlySpan<(string, Role)>)[("owners", Role.Owner), ("assistants", Role.Assistant)])
            foreach (var item in section.Items(section.Entry(key), orOne: true) ?? [])
                Person(section, key, item, role, people);
        section.Finish();
        if (section.Diagnostics.Errors == before && people.Count == 0)
        {
            section.Diagnostics.Error(Codes.NobodySignsIn, section.At, $"`{section.Path}` names nobody who may sign in", "neither `owners` nor `assistants` follows",
                "add e-mail addresses, as in `owners: [ anna@your-business.example ]`");
        }

        return authority is null || clientId is null || clientSecret is null ? null : new OidcConfig(authority, clientId, clientSecret, people);
    }

    private static void Person(SectionReader oidc, string key, ConfigNode item, Role role, Dictionary<string, Role> people)
    {
        var email = (item as ScalarNode)?.Value.Trim() ?? "";
        if (email.Length > 254 || email.Count(static c => c == '@') != 1 || email.StartsWith('@') || email.EndsWith('@') ||
            !email.All(static c => char.IsLetterOrDigit(c) || "@.!#%&'*+/=?^_{|}~-".Contains(c, StringComparison.Ordinal)))
        {
            oidc.Diagnostics.Error(Codes.NotAPerson, item.Span, $"`{oidc.Name(key)}` takes e-mail addresses", "not an e-mail address", $"write it as in `{key}: [ anna@your-business.example ]`");
        }
        else if (!people.TryAdd(email, role))
        {
            oidc.Diagnostics.Error(Codes.SamePerson, item.Span, $"`{email}` may sign in twice", "named above already", "name each person once, as owner or as assistant");
        }
    }

    private static Uri? Url(SectionReader section, string key, bool pathToo = false)
    {
        if (section.OptionalUrl(key) is not { } url) return null;
        var span = section.Entry(key)!.Value.Span;
        if (url.Scheme == "http" && !url.IsLoopback)
            section.Diagnostics.Error(Codes.NotAUrl, span, $"`{section.Name(key)}` is not safe", "plain http over the network", "use https; only a loopback address may use http");
        else if (url.Query.Length > 0 || url.Fragment.Length > 0 || (!pathToo && url.AbsolutePath != "/"))
            section.Diagnostics.Error(Codes.NotAUrl, span, $"`{section.Name(key)}` is more than an address", pathToo ? "takes an address with a path at most" : "takes an address without a path");
        else return url;
        return null;
    }
}
