namespace ClientFlow.Sync.Core.Configuration;

/// <summary>Whose lifecycle it is.</summary>
/// <param name="Name">The business's name.</param>
/// <param name="Zone">The zone in which its dates are dates.</param>
/// <param name="Currency">ISO 4217 code of money that names no other.</param>
public sealed record Business(string Name, TimeZoneInfo Zone, string Currency);
