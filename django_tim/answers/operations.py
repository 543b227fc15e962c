"""Operations: message archives, statistics, the service's addresses."""
