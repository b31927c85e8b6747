global using ClientFlow.Sync.Testing;
global using ClientFlow.Sync.Testing.Builders;
