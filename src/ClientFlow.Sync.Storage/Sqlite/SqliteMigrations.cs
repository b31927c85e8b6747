using System.Globalization;
using System.Reflection;
using ClientFlow.Sync.Core.Stores;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Sqlite;

/// <summary>Brings a file to this program's schema, one numbered script after the other, all that it lacks in one transaction.</summary>
internal static class SqliteMigrations
{
    private static readonly Sql AppliedSql = new("INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)");

    private static readonly Sql VersionSql = new("SELECT coalesce(max(version), 0) FROM schema_migrations");

    private static readonly Sql AppliedVersionsSql = new("SELECT version FROM schema_migrations");

    private static readonly Sql TablesSql = new("SELECT count(*) FROM sqlite_schema WHERE type = 'table'");

    private static readonly Sql KnownSql = new("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'");

    /// <summary>The scripts, oldest first.</summary>
    public static IReadOnlyList<(int Version, string Name, string Resource)> Scripts { get; } =
    [
        .. from resource in Assembly.GetExecutingAssembly().GetManifestResourceNames()
           where resource.EndsWith(".sqlite.sql", StringComparison.Ordinal)
           let name = resource[(resource.IndexOf(".Migrations.", StringComparison.Ordinal) + ".Migrations.".Length)..]
           orderby name
           select (int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, resource),
    ];

    public static void Apply(SqliteSession session, string path, DateTimeOffset now)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            var version = Version(session, path);
            if (version == 0)
                session.Execute("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT");

            // By their numbers and not by the highest: work that was under way at the same time has numbers apart.
            var applied = session.All(AppliedVersionsSql, static row => row.Int()).ToHashSet();
            foreach (var script in Scripts.Where(script => !applied.Contains(script.Version))) Apply(session, path, script, now);

            session.Execute("COMMIT");
        }
        catch
        {
            if (!session.Idle) session.Execute("ROLLBACK");
            throw;
        }
    }

    private static void Apply(SqliteSession session, string path, (int Version, string Name, string Resource) script, DateTimeOffset now)
    {
        try
        {
            session.Execute(Text(script.Resource));
        }
        catch (SqliteException trouble) when (!SqliteTrouble.IsEnvironment(trouble))
        {
            var what = trouble.Message.Split('\'') is [_, var inner, ..] ? inner : trouble.Message;
            throw new StoreException($"{path} could not be brought up to date, and is as it was ({script.Name}: {what}). Run the version that used it last, and please report this", trouble);
        }

        session.Run(AppliedSql, script.Version, script.Name, now);
    }

    /// <summary>Makes sure that a file which may only be read has this program's schema.</summary>
    public static void Check(SqliteSession session, string path)
    {
        if (Version(session, path) == 0 || session.All(AppliedVersionsSql, static row => row.Int()).Count < Scripts.Count)
            throw new StoreException($"{path} was last used by an older version of this program. Start the worker once: it brings the file up to date");
    }

    private static int Version(SqliteSession session, string path)
    {
        if (session.First(KnownSql, static row => row.Int()) == 0)
        {
            return session.First(TablesSql, static row => row.Int()) == 0
                ? 0
                : throw new StoreException($"{path} is a database of another program. Give a data directory of its own");
        }

        var version = session.First(VersionSql, static row => row.Int());
        return version <= Scripts[^1].Version
            ? version
            : throw new StoreException(
                $"{path} was written by a newer version of this program (schema {version}; this one knows up to {Scripts[^1].Version}). Run that version, or put back the copy of the data directory that was made before the upgrade");
    }

    private static string Text(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
