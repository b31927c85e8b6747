using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Engine.People;

namespace ClientFlow.Sync.Engine.Tests.Bench;

/// <summary>The people of the business.</summary>
internal static class Someone
{
    public static readonly Person Ann = new("ann", Role.Owner);

    public static readonly Person Ben = new("ben", Role.Assistant);
}
