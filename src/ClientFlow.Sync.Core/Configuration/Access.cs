using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Core.Configuration;

/// <summary>What a person is to the business.</summary>
public enum Role
{
    /// <summary>Decides everything.</summary>
    Owner,

    /// <summary>Looks at everything that is about clients, and decides what moves no money and changes no rule.</summary>
    Assistant,
}

/// <summary>Who may open the pages from elsewhere than the worker's own machine.</summary>
public sealed record AccessConfig
{
    /// <summary>Where people open the pages, ending with a slash, when a proxy stands before them; null: at the addresses that the worker listens on.</summary>
    public Uri? Url { get; init; }

    /// <summary>Who signs in with a password.</summary>
    public IReadOnlyList<UserConfig> Users { get; init; } = [];

    /// <summary>Who proves by OpenID Connect who it is; null: nobody does.</summary>
    public OidcConfig? Oidc { get; init; }
}

/// <summary>One person with a password.</summary>
/// <param name="Name">What the journal calls the person, and what is typed to sign in, in any case.</param>
public sealed record UserConfig(string Name, Role Role, PasswordHash Password);

/// <summary>An OpenID Connect provider, and whom of its people to let in.</summary>
/// <param name="Authority">The issuer: its discovery document lies under <c>/.well-known/openid-configuration</c>.</param>
/// <param name="People">By verified e-mail address, in any case.</param>
public sealed record OidcConfig(Uri Authority, string ClientId, Secret ClientSecret, IReadOnlyDictionary<string, Role> People);
